#include "data/frames/decoder_wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(DecoderWireTest, TextsAreCutOffAndMadePrintable) {
  char place[4];
  put_text(place, "abcdef");
  EXPECT_EQ(text_in(place), "abcd");
  put_text(place, "x");
  EXPECT_EQ(text_in(place), "x");
  put_text(place, "\x1b[");
  EXPECT_EQ(text_in(place), "\\x1b[");
}

TEST(DecoderWireTest, ASlotHoldsAFrameOfTheMostPixels) {
  FrameLimits limits;
  limits.max_pixels = 1000;
  EXPECT_GE(slot_bytes(limits), 3000u);
  EXPECT_EQ(slot_bytes(limits) % 4096, 0u);
}

TEST(DecoderWireTest, MessagesKeepTheirBordersAndBringDescriptors) {
  int sockets[2], ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets), 0);
  ASSERT_EQ(pipe(ends), 0);
  DecoderRequest request;
  request.request = 7;
  const auto bytes = std::as_bytes(std::span(&request, 1));
  ASSERT_TRUE(send_message(sockets[0], bytes, ends[1]));
  ASSERT_TRUE(send_message(sockets[0], bytes.first(3)));
  DecoderRequest got;
  int passed = -1;
  const auto place = std::as_writable_bytes(std::span(&got, 1));
  EXPECT_EQ(receive_message(sockets[1], place, &passed), static_cast<std::ptrdiff_t>(sizeof got));
  EXPECT_EQ(got.request, 7u);
  ASSERT_GE(passed, 0);
  EXPECT_EQ(write(passed, "x", 1), 1);
  EXPECT_EQ(receive_message(sockets[1], place, &passed), 3);
  EXPECT_EQ(passed, -1);
  EXPECT_EQ(receive_message(sockets[1], place, nullptr, false), -1);
  close(sockets[0]);
  EXPECT_EQ(receive_message(sockets[1], place), 0);
  for (const int fd : {sockets[1], ends[0], ends[1]}) close(fd);
}

}  // namespace
}  // namespace unmask
