#include "data/store/crop_index_writer.h"

#include <gtest/gtest.h>
#include <limits>

#include "tests/data/crops_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::refusal;

TEST(CropIndexWriter, RefusesWhatTheFormatCantHold) {
  CropIndexWriter index("a.crops", 8, CropEncoding::kRaw, "{}");
  FrameInfo frame = test::frame_of_row(3, "base", Split::kTrain);
  index.add(frame, {});
  frame.label = 2;
  EXPECT_NE(refusal(ErrorKind::kFailed, [&] { index.add(frame, {}); }).find("a.crops: a label must be 0 or 1, got 2"),
            std::string::npos);
  frame.label = 1;
  frame.detector_score = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(refusal(ErrorKind::kFailed, [&] { index.add(frame, {}); }).find("frame 9 of 000_001"), std::string::npos);
  frame.detector_score = 0;
  frame.frame_height = -1;
  EXPECT_NE(refusal(ErrorKind::kFailed, [&] { index.add(frame, {}); }), "");
  EXPECT_NE(refusal(ErrorKind::kFailed, [] { CropIndexWriter("a.crops", 4097, CropEncoding::kRaw, "{}"); }), "");
  EXPECT_NE(refusal(ErrorKind::kFailed, [] { CropIndexWriter("a.crops", 0, CropEncoding::kRaw, "{}"); }), "");
}

}  // namespace
}  // namespace unmask
