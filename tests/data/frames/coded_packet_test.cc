#include "data/frames/coded_packet.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(CodedPacketTest, H264WithLengths) {
  const Bytes idr{0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x65}, b{0, 0, 0, 2, 0x01, 9}, p{0, 0, 0, 1, 0x41};
  EXPECT_TRUE(coded_packet(idr, VideoCoding::kH264, 4).is_key);
  EXPECT_FALSE(coded_packet(idr, VideoCoding::kH264, 4).is_disposable);
  EXPECT_TRUE(coded_packet(b, VideoCoding::kH264, 4).is_disposable);
  EXPECT_FALSE(coded_packet(p, VideoCoding::kH264, 4).is_disposable);
  EXPECT_FALSE(coded_packet(p, VideoCoding::kH264, 4).is_key);
}

TEST(CodedPacketTest, H264WithStartCodesAndParameters) {
  const Bytes key{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 3};
  const CodedPacket packet = coded_packet(key, VideoCoding::kH264, 0);
  EXPECT_TRUE(packet.is_key);
  EXPECT_TRUE(packet.has_parameters);
}

TEST(CodedPacketTest, Hevc) {
  const Bytes cra{0, 0, 1, 21 << 1, 1}, trail{0, 0, 1, 1 << 1, 1}, sets{0, 0, 1, 33 << 1, 1, 0, 0, 1, 19 << 1, 1};
  EXPECT_TRUE(coded_packet(cra, VideoCoding::kHevc, 0).is_key);
  EXPECT_FALSE(coded_packet(trail, VideoCoding::kHevc, 0).is_key);
  EXPECT_TRUE(coded_packet(sets, VideoCoding::kHevc, 0).has_parameters);
}

TEST(CodedPacketTest, Vp8TellsWhatIsHidden) {
  EXPECT_TRUE(coded_packet(Bytes{0x10}, VideoCoding::kVp8, 0).is_key);
  EXPECT_FALSE(coded_packet(Bytes{0x10}, VideoCoding::kVp8, 0).is_hidden);
  EXPECT_TRUE(coded_packet(Bytes{0x01}, VideoCoding::kVp8, 0).is_hidden);
}

TEST(CodedPacketTest, TheExtraDataTellsTheLengths) {
  EXPECT_EQ(unit_length_bytes(Bytes{1, 100, 0, 31, 0xFF, 0xE1, 0}, VideoCoding::kH264), 4);
  EXPECT_EQ(unit_length_bytes(Bytes{0, 0, 0, 1, 0x67, 1, 2}, VideoCoding::kH264), 0);
  EXPECT_EQ(unit_length_bytes(Bytes{}, VideoCoding::kHevc), 0);
}

TEST(CodedPacketTest, AnyBytesAreRead) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(random() % 40);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : 0);
    for (const int width : {0, 1, 2, 3, 4}) {
      coded_packet(bytes, VideoCoding::kH264, width);
      coded_packet(bytes, VideoCoding::kHevc, width);
    }
    unit_length_bytes(bytes, VideoCoding::kHevc);
  }
}

}  // namespace
}  // namespace unmask
