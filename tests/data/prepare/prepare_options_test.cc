#include "data/prepare/prepare_options.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(PrepareOptions, NamesEveryFaultAtOnce) {
  PrepareOptions options;
  EXPECT_TRUE(validate(options).empty());
  options.crop_px = 5;
  options.box_scale = std::nan("");
  options.names = {"base", "base", "../x"};
  options.unit_frames = 0;
  const std::vector<std::string> problems = validate(options);
  EXPECT_EQ(problems.size(), 5u);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), "prepare.crop_px is 5; wanted: 16 to 1024"), 1);
  options = {};
  options.detector = DetectorKind::kYuNet;
  EXPECT_EQ(validate(options),
            (std::vector<std::string>{"prepare.detector_model is empty; detector = \"yunet\" wants its ONNX file"}));
}

}  // namespace
}  // namespace unmask
