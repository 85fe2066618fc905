#include "data/corrupt/source_clips.h"

#include <gtest/gtest.h>

#include "data/frames/image_file.h"
#include "tests/data/corrupt/carphone_store.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test_support::refusal;

class SourceClipsTest : public testing::Test {
 protected:
  SourceClipsTest() {
    fs::create_directories(root() / "v");
    fs::copy_file(face_file("carphone.mp4"), root() / "v/a.mp4");
    fs::copy_file(face_file("astronaut.png"), root() / "v/p.png");
  }
  fs::path root() const { return folder_.path() / "root"; }
  FrameInfo frame(const std::string& source, std::uint32_t number = 0) const {
    FrameInfo info;
    info.dataset = "base", info.video = "a", info.detector = "dlib_hog";
    info.source = source, info.frame = number;
    info.source_digest = source_digest(root() / source);
    return info;
  }
  std::vector<SourceClip> pieces(const std::vector<FrameInfo>& frames) {
    std::vector<SourceClip> all;
    SourceClips({folder_.path() / "none", root()}, {}).read(frames, [&](SourceClip clip) {
      all.push_back(std::move(clip));
    });
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(SourceClipsTest, FramesOfAVideoAreThoseOfTheDecoder) {
  const auto clips = pieces({frame("v/a.mp4", 3), frame("v/a.mp4", 40)});
  ASSERT_EQ(clips.size(), 1u);
  ASSERT_EQ(clips[0].read.size(), 2u);
  MediaDecoder decoder{DecoderOptions{}};
  decoder.open(face_file("carphone.mp4"), std::vector<std::uint32_t>{3, 40});
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(clips[0].frames[i].frame, i == 0 ? 3u : 40u);
    EXPECT_EQ(clips[0].read[i].image.rgb, decoder.next()->read.image.rgb);
  }
}

TEST_F(SourceClipsTest, APictureIsTheWholeFileWhateverItsNumber) {
  const auto clips = pieces({frame("v/p.png", 17), frame("v/gone.png", 18)});
  ASSERT_EQ(clips.size(), 1u);
  ASSERT_EQ(clips[0].read.size(), 2u);
  EXPECT_EQ(clips[0].read[0].status, FrameStatus::kOk);
  EXPECT_EQ(clips[0].read[0].image.rgb, read_image(root() / "v/p.png", {}).image.rgb);
  EXPECT_EQ(clips[0].frames[0].frame, 17u);
  EXPECT_EQ(clips[0].read[1].status, FrameStatus::kUnreadable);
}

TEST_F(SourceClipsTest, AnotherFileIsRefusedByName) {
  const SourceClips sources({folder_.path() / "none", root()}, {});
  sources.require(frame("v/a.mp4"));
  const auto refused = [&](const FrameInfo& info) { return refusal(ErrorKind::kData, [&] { sources.require(info); }); };
  FrameInfo other = frame("v/a.mp4");
  other.source_digest[0] = other.source_digest[0] == '0' ? '1' : '0';
  EXPECT_NE(refused(other).find("v/a.mp4 is another file than the one that was prepared"), std::string::npos);
  FrameInfo gone = frame("v/p.png");
  gone.source = "v/gone.mp4";
  const std::string missing = refused(gone);
  EXPECT_NE(missing.find("v/gone.mp4 of dataset base: isn't there below"), std::string::npos) << missing;
  FrameInfo unknown = frame("v/a.mp4");
  unknown.source.clear();
  EXPECT_NE(refused(unknown).find("video a of dataset base: its store doesn't say"), std::string::npos);
  FrameInfo outside = frame("v/a.mp4");
  outside.source = "v/../../root/v/a.mp4";
  EXPECT_NE(refused(outside).find("is no path below ROOT"), std::string::npos);
  outside.source = (root() / "v/a.mp4").string();
  EXPECT_NE(refused(outside).find("is no path below ROOT"), std::string::npos);
  FrameInfo imported = frame("v/p.png");
  imported.detector = "imported";
  EXPECT_NE(refused(imported).find("was a crop already"), std::string::npos);
}

TEST_F(SourceClipsTest, WhatLiesOutsideIsNotRead) {
  write_bytes(folder_.path() / "secret.png", read_bytes(root() / "v/p.png"));
  FrameInfo outside = frame("v/p.png");
  outside.source = "../secret.png";
  const auto clips = pieces({outside});
  ASSERT_EQ(clips.size(), 1u);
  EXPECT_EQ(clips[0].read.at(0).status, FrameStatus::kUnreadable);
}

TEST_F(SourceClipsTest, NoFramesNoPieces) { EXPECT_TRUE(pieces({}).empty()); }

}  // namespace
}  // namespace unmask
