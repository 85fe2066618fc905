#include "data/prepare/prepare_options.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(PrepareOptions, NamesEveryFaultAtOnce) {
  PrepareOptions options;
  EXPECT_TRUE(validate(options).empty());
  options.crop_px = 31;
  options.box_scale = std::nan("");
  options.names = {"base", "base", "../x"};
  options.unit_frames = 0;
  const std::vector<std::string> problems = validate(options);
  EXPECT_EQ(problems.size(), 5u);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), "prepare.crop_px must be in [32, 1024], got 31"), 1);
  options = {};
  options.detector = DetectorKind::kYuNet;
  EXPECT_EQ(validate(options),
            (std::vector<std::string>{
                "prepare.detector_model must be the ONNX file that detector = \"yunet\" needs, got \"\""}));
}

}  // namespace
}  // namespace unmask
