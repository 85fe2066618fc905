#include "report/event_file.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr char kHex[] = "0123456789abcdef";
    text += {kHex[static_cast<unsigned char>(byte) >> 4], kHex[byte & 15]};
  }
  return text;
}

TEST(EventFile, RecordsHaveTheirLengthAndTwoMaskedCrcs) {
  // crc32c("123456789") is e3069283 (RFC 3720): turned right by 15 and raised by a282ead8, c789b0e5.
  const std::string record = hex(event_record("123456789"));
  EXPECT_EQ(record.substr(0, 16), "0900000000000000");
  EXPECT_EQ(record.substr(24, 18), "313233343536373839");
  EXPECT_EQ(record.size(), 2 * (8 + 4 + 9 + 4u));
  const std::uint32_t crc = 0xE3069283u, masked = ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
  std::string wanted;
  for (int i = 0; i < 4; ++i) wanted += static_cast<char>(masked >> (8 * i));
  EXPECT_EQ(record.substr(42), hex(wanted));
}

TEST(EventFile, ScalarsAreProtobufOnTheWire) {
  EXPECT_EQ(hex(scalars_event(1, 300, {{"a", 0.5}})),
            "09000000000000f03f10ac022a0a0a080a016115"
            "0000003f");
}

}  // namespace
}  // namespace unmask
