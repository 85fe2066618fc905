#include "model/score/sharpness.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/philox.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(SharpnessTest, IsTheVarianceOfScipysLaplacian) {
  constexpr int kPx = 17;
  const test_support::TemporaryFolder folder;
  Draws draws(9, DrawFor::kSynth);
  std::string bytes;
  for (int i = 0; i < 3 * kPx * kPx * 3; ++i) bytes += static_cast<char>(static_cast<int>(draws.uniform(0, 256)));
  write_file_durably(folder / "crops", bytes);
  std::istringstream wanted(test_support::run_python("tests/model/score/familiarity_reference.py",
                                                     {"sharpness", folder / "crops", std::to_string(kPx)}));
  for (std::size_t i = 0; i < 3; ++i) {
    const std::vector<std::uint8_t> crop(bytes.begin() + static_cast<std::ptrdiff_t>(i * kPx * kPx * 3),
                                         bytes.begin() + static_cast<std::ptrdiff_t>((i + 1) * kPx * kPx * 3));
    double value = 0;
    ASSERT_TRUE(wanted >> value);
    EXPECT_NEAR(sharpness(crop, kPx), value, 1e-8 * value);
  }
}

TEST(SharpnessTest, OfOneColourIsNone) { EXPECT_NEAR(sharpness(std::vector<std::uint8_t>(3 * 3 * 3, 77), 3), 0, 1e-9); }

}  // namespace
}  // namespace unmask
