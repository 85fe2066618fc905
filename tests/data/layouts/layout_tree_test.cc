#include "data/layouts/layout_tree.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(LayoutTree, WhatAFileIsByItsSuffix) {
  EXPECT_TRUE(is_video_name("a.b.MP4"));
  EXPECT_FALSE(is_video_name("mp4"));
  EXPECT_FALSE(is_video_name(".mp4"));
  EXPECT_TRUE(is_picture_name("x.JPeG"));
  EXPECT_EQ(stem_of("a.b.mp4"), "a.b");
  EXPECT_EQ(stem_of(".profile"), ".profile");
}

TEST(LayoutTree, NumbersAtTheEndOfNames) {
  EXPECT_EQ(number_at_end("frame_0012"), 12u);
  EXPECT_EQ(number_at_end("7"), 7u);
  EXPECT_FALSE(number_at_end("frame"));
  EXPECT_FALSE(number_at_end("frame1234567890"));
}

TEST(LayoutTree, AnyTextBecomesADatasetsName) {
  EXPECT_EQ(dataset_name("Celeb-DF v2 (new)"), "Celeb-DF_v2__new_");
  EXPECT_EQ(dataset_name(""), "videos");
  EXPECT_EQ(dataset_name("both"), "videos");
  EXPECT_EQ(dataset_name(std::string(300, 'x')).size(), 100u);
}

}  // namespace
}  // namespace unmask
