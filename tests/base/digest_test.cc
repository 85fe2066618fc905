#include "base/digest.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string long_text() {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 31 + i / 7);
  return text;
}

// The expected values are what `xxhsum -H3` and `xxh128sum` print.
TEST(Digest, EqualsPublishedXxh3) {
  EXPECT_EQ(digest64(std::string_view("")), 0x2d06800538d394c2u);
  EXPECT_EQ(digest64(std::string_view("abc")), 0x78af5f94892f3950u);
  EXPECT_EQ(to_hex(digest128({})), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(to_hex(digest128(bytes_of("abc"))), "06b05ab6733a618578af5f94892f3950");
}

TEST(Digest, TextAndItsBytesAgree) {
  const std::string text = long_text();
  EXPECT_EQ(digest64(std::string_view(text)), digest64(bytes_of(text)));
}

TEST(Digest, PiecesGiveTheDigestOfTheWhole) {
  const std::string text = long_text();
  for (const std::size_t piece : {1u, 7u, 239u, 256u, 1024u, 4999u}) {
    Digest128Stream stream;
    for (std::size_t at = 0; at < text.size(); at += piece) stream.update(std::string_view(text).substr(at, piece));
    EXPECT_EQ(stream.digest(), digest128(bytes_of(text))) << "pieces of " << piece;
  }
}

TEST(Digest, StreamCanBeReadBetweenPiecesAndMoved) {
  Digest128Stream stream;
  stream.update("ab");
  EXPECT_EQ(stream.digest(), digest128(bytes_of("ab")));
  Digest128Stream moved = std::move(stream);
  moved.update("c");
  EXPECT_EQ(to_hex(moved.digest()), "06b05ab6733a618578af5f94892f3950");
}

TEST(Digest, EveryFlippedBitIsSeen) {
  const std::string text = long_text().substr(0, 300);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(digest64(std::string_view(damaged)), digest64(std::string_view(text)));
    EXPECT_NE(digest128(bytes_of(damaged)), digest128(bytes_of(text)));
  }
}

}  // namespace
}  // namespace unmask
