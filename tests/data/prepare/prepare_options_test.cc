#include "data/prepare/prepare_options.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace unmask {
namespace {

PrepareOptions of_tree() {
  PrepareOptions options;
  options.root = "videos";
  return options;
}

TEST(PrepareOptions, NamesEveryFaultAtOnce) {
  EXPECT_TRUE(validate(of_tree()).empty());
  EXPECT_EQ(validate({}),
            (std::vector<std::string>{"prepare.root must be a tree of videos or frames, or a CSV file that "
                                      "lists them, got \"\""}));
  PrepareOptions options = of_tree();
  options.crop_px = 31;
  options.box_scale = std::nan("");
  options.names = {"base", "base", "../x"};
  options.unit_frames = 0;
  const std::vector<std::string> problems = validate(options);
  EXPECT_EQ(problems.size(), 5u);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), "prepare.crop_px must be in [32, 1024], got 31"), 1);
  options = of_tree();
  options.detector = DetectorKind::kYuNet;
  EXPECT_EQ(validate(options),
            (std::vector<std::string>{
                "prepare.detector_model must be the ONNX file that detector = \"yunet\" needs, got \"\""}));
  options = of_tree();
  options.align = FaceAlignment::kFivePoints;
  EXPECT_EQ(validate(options),
            (std::vector<std::string>{"prepare.align must be \"none\" (dlib gives no points; \"five_points\" needs "
                                      "detector = \"yunet\"), got \"five_points\""}));
  options.detector = DetectorKind::kYuNet;
  options.detector_model = "yunet.onnx";
  EXPECT_TRUE(validate(options).empty());
}

TEST(PrepareOptions, WhatExcludesEachOtherIsSaid) {
  PrepareOptions options = of_tree();
  options.datasets = "datasets";
  options.every = 3;
  options.seconds = 1;
  options.frames_of = {"youtube every 1"};
  EXPECT_EQ(validate(options),
            (std::vector<std::string>{
                "prepare.root and prepare.datasets exclude each other",
                "prepare.frames, prepare.every and prepare.seconds exclude each other: keep one",
                "prepare.frames_of must be texts such as \"youtube: every 1\", \"base: 64\", \"celeb: 0.5 s\", "
                "\"frames: all\", got \"youtube every 1\""}));
}

TEST(PrepareOptions, ByDefault32FramesOfAVideoAndEveryPicture) {
  EXPECT_EQ(to_text(rule_of(of_tree(), "base", "real", true)), "32");
  EXPECT_EQ(to_text(rule_of(of_tree(), "base", "real", false)), "all");
}

TEST(PrepareOptions, AMethodsRuleGoesBeforeItsDatasetsAndThatBeforeAll) {
  PrepareOptions options = of_tree();
  options.every = 5;
  options.frames_of = {"base: every 3", "youtube: all"};
  EXPECT_EQ(to_text(rule_of(options, "base", "youtube", true)), "all");
  EXPECT_EQ(to_text(rule_of(options, "base", "deepfakes", true)), "every 3");
  EXPECT_EQ(to_text(rule_of(options, "celeb", "deepfakes", false)), "every 5");
  EXPECT_EQ(ruled_names(options), (std::vector<std::string>{"base", "youtube"}));
  options.every = 0;
  options.seconds = 0.5;
  EXPECT_EQ(to_text(rule_of(options, "celeb", "deepfakes", true)), "0.5 s");
  options.seconds = 0;
  options.frames = 8;
  EXPECT_EQ(to_text(rule_of(options, "celeb", "deepfakes", true)), "8");
}

}  // namespace
}  // namespace unmask
