#include "base/number_text.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "base/philox.h"

namespace unmask {
namespace {

TEST(NumberText, ReadsBackToTheSameBits) {
  Draws draws(1, DrawFor::kProbe);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t bits = std::uint64_t{draws.next_u32()} << 32 | draws.next_u32();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isnan(value)) continue;
    const std::string text = number_text(value);
    const double again = std::strtod(text.c_str(), nullptr);
    EXPECT_EQ(std::memcmp(&again, &value, sizeof value), 0) << text;
  }
}

TEST(NumberText, IsAsShortAsCanBe) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number_text(64.0), "64");
  EXPECT_EQ(number_text(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(number_text(std::optional<double>(0.5)), "0.5");
  EXPECT_EQ(number_text(std::optional<double>()), "");
}

TEST(NumberTextFixed, HasTheDigitsThatWereAskedFor) {
  EXPECT_EQ(fixed_text(2.0 / 3, 3), "0.667");
  EXPECT_EQ(fixed_text(-0.5, 1), "-0.5");
  EXPECT_EQ(fixed_text(1e6, 0), "1000000");
  EXPECT_EQ(std::strtod(fixed_text(std::numeric_limits<double>::max(), 2).c_str(), nullptr),
            std::numeric_limits<double>::max());
}

}  // namespace
}  // namespace unmask
