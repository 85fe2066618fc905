#include "data/prepare/preprocessing.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

TEST(Preprocessing, TheTextIsTheOneThatStoresHold) {
  EXPECT_EQ(preprocessing_json({}, "dlib 19.24"),
            R"({"align":"none","box_scale":1.3,"crop_px":224,"detect_short_side_px":480,"detector":"dlib_hog",)"
            R"("detector_version":"dlib 19.24","encoding":"raw","faces":"tracked","format":1,)"
            R"("max_pixels":16777216,"resize":"area when shrinking, else bilinear","upsample":1})");
}

TEST(Preprocessing, WhatCropsDontDependOnIsNotTold) {
  PrepareOptions options, other;
  other.datasets = "/somewhere/else";
  other.stores = "/another/place";
  other.names = {"base"};
  other.unit_frames = 7;
  other.root = "/a/tree";
  other.every = 3;
  other.sandbox = false;
  EXPECT_EQ(preprocessing_json(options, "x"), preprocessing_json(other, "x"));
  // Only dlib doubles the frame.
  options.detector = other.detector = DetectorKind::kYuNet;
  other.upsample = 2;
  EXPECT_EQ(preprocessing_json(options, "x"), preprocessing_json(other, "x"));
}

TEST(Preprocessing, WhatCropsDependOnIsTold) {
  const std::string usual = preprocessing_json({}, "dlib 19.24");
  const auto with = [](const auto& change) {
    PrepareOptions options;
    change(options);
    return preprocessing_json(options, "dlib 19.24");
  };
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.crop_px = 112; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.box_scale = 1.5; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.faces = FaceChoice::kBest; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.align = FaceAlignment::kFivePoints; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.upsample = 0; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.detect_short_side_px = 240; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.encoding = CropEncoding::kJpeg95; }));
  EXPECT_NE(usual, with([](PrepareOptions& o) { o.max_pixels = 1000; }));
  EXPECT_NE(usual, preprocessing_json({}, "dlib 19.25"));
  EXPECT_NE(usual, preprocessing_json({}, "dlib 19.24", true));
}

TEST(Preprocessing, TheTextGivesTheOptionsBack) {
  PrepareOptions options;
  options.crop_px = 112;
  options.box_scale = 1.5;
  options.faces = FaceChoice::kBest;
  options.encoding = CropEncoding::kJpeg95;
  options.upsample = 0;
  options.detect_short_side_px = 240;
  options.max_pixels = 1000;
  for (const DetectorKind detector : {DetectorKind::kDlibHog, DetectorKind::kYuNet}) {
    options.detector = detector;
    const std::string text = preprocessing_json(options, "x");
    EXPECT_EQ(preprocessing_json(prepare_options_from(text), "x"), text);
  }
  EXPECT_THROW(prepare_options_from("{}"), Error);
  EXPECT_THROW(prepare_options_from("none"), Error);
}

TEST(Preprocessing, ADifferenceIsNamed) {
  const std::string here = preprocessing_json({}, "dlib 19.24");
  EXPECT_EQ(preprocessing_difference(here, preprocessing_json({}, "dlib 19.24", /*imported=*/true)), "");
  EXPECT_EQ(preprocessing_difference(here, preprocessing_json({}, "dlib 20")),
            R"(detector_version is "dlib 19.24" here, the model's is "dlib 20")");
}

}  // namespace
}  // namespace unmask
