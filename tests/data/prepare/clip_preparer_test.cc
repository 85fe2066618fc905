#include "data/prepare/clip_preparer.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "data/frames/media_decoder.h"
#include "data/frames/opencv_image.h"
#include "tests/data/prepare/video_plan.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ClipPreparerTest : public testing::Test {
 protected:
  std::vector<PreparedRow> rows_of(const PrepareListing& listing) const {
    const PreparePlan plan = plan_of_files(listing);
    ClipPreparer preparer(listing.options);
    return preparer.prepare(plan, plan.units.at(0).clips.at(0), {});
  }
  TemporaryFolder folder_;
};

TEST_F(ClipPreparerTest, AFrameOfAVideoGivesTheCropOfItsExtractedImage) {
  fs::copy_file(face_file("carphone.mp4"), folder_.path() / "v.mp4");
  PrepareListing listing = listing_of_files(folder_.path(), {"v.mp4"});
  listing.options.every = 60;
  const std::vector<PreparedRow> rows = rows_of(listing);
  ASSERT_EQ(rows.size(), 2u);
  MediaDecoder video{DecoderOptions{}};
  video.open(face_file("carphone.mp4"), std::vector<std::uint32_t>{60});
  const std::optional<DecodedFrame> frame = video.next();
  ASSERT_TRUE(frame && frame->read.status == FrameStatus::kOk);
  cv::Mat image;
  cv::cvtColor(as_mat(frame->read.image), image, cv::COLOR_RGB2BGR);
  ASSERT_TRUE(cv::imwrite((folder_.path() / "v.png").native(), image));
  const std::vector<PreparedRow> picture = rows_of(listing_of_files(folder_.path(), {"v.png"}));
  ASSERT_EQ(picture.size(), 1u);
  EXPECT_EQ(rows[1].info.status, FrameStatus::kOk);
  EXPECT_EQ(rows[1].info.frame, 60u);
  EXPECT_TRUE(rows[1].info.box == picture[0].info.box);
  EXPECT_EQ(rows[1].crop, picture[0].crop);
  EXPECT_EQ(rows[1].info.source, "v.mp4");
  EXPECT_EQ(rows[1].info.source_digest, source_digest(folder_.path() / "v.mp4"));
  EXPECT_EQ(picture[0].info.source_digest, source_digest(folder_.path() / "v.png"));
  EXPECT_EQ(rows[1].info.frame_width, 176);
}

TEST_F(ClipPreparerTest, ACropThatSomebodyElseMadeIsTakenAsItIs) {
  std::vector<std::uint8_t> file = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (48, 48, 3), }\n";
  file.push_back(static_cast<std::uint8_t>(header.size()));
  file.push_back(0);
  file.insert(file.end(), header.begin(), header.end());
  std::vector<std::uint8_t> pixels(48 * 48 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
  file.insert(file.end(), pixels.begin(), pixels.end());
  write_bytes(folder_.path() / "c.npy", file);
  const std::vector<PreparedRow> rows = rows_of(listing_of_files(folder_.path(), {"c.npy"}));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].info.status, FrameStatus::kOk) << rows[0].problem;
  EXPECT_EQ(rows[0].crop, pixels);
  EXPECT_EQ(rows[0].info.detector, "imported");
  EXPECT_TRUE((rows[0].info.box == FaceBox{0, 0, 48, 48}));
}

TEST_F(ClipPreparerTest, AVideoThatCantBeReadKeepsARowWithItsProblem) {
  write_bytes(folder_.path() / "text.mp4", {'t', 'e', 'x', 't'});
  const std::vector<PreparedRow> rows = rows_of(listing_of_files(folder_.path(), {"text.mp4"}));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NE(rows[0].info.status, FrameStatus::kOk);
  EXPECT_NE(rows[0].info.status, FrameStatus::kNoFace);
  EXPECT_FALSE(rows[0].problem.empty());
  EXPECT_EQ(rows[0].info.source_digest.size(), 32u);
}

TEST_F(ClipPreparerTest, IsToldOfEachFrameAndStopsWhenAsked) {
  fs::copy_file(face_file("carphone.mp4"), folder_.path() / "v.mp4");
  PrepareListing listing = listing_of_files(folder_.path(), {"v.mp4"});
  listing.options.frames = 5;
  const PreparePlan plan = plan_of_files(listing);
  ClipPreparer preparer(listing.options);
  int frames = 0;
  preparer.prepare(plan, plan.units.at(0).clips.at(0), [&] { ++frames; });
  EXPECT_EQ(frames, 5);
  const auto stop = [] { throw Error(ErrorKind::kStopped, "stop"); };
  EXPECT_THROW(preparer.prepare(plan, plan.units.at(0).clips.at(0), stop), Error);
  EXPECT_EQ(preparer.prepare(plan, plan.units.at(0).clips.at(0), {}).size(), 5u);  // and goes on
}

TEST_F(ClipPreparerTest, FramesThatWereDecodedBeforeGiveTheSameRows) {
  fs::copy_file(face_file("carphone.mp4"), folder_.path() / "v.mp4");
  PrepareListing listing = listing_of_files(folder_.path(), {"v.mp4"});
  listing.options.frames = 4;
  listing.options.faces = FaceChoice::kTracked;
  const PreparePlan plan = plan_of_files(listing);
  const PrepareClip& clip = plan.units.at(0).clips.at(0);
  ClipPreparer preparer(listing.options);
  const std::vector<PreparedRow> rows = preparer.prepare(plan, clip, {});
  std::vector<FrameInfo> infos;
  std::vector<ReadFrame> frames;
  MediaDecoder video{DecoderOptions{}};
  video.open(folder_.path() / "v.mp4", clip.numbers);
  for (std::size_t row = 0; row < clip.rows(); ++row) {
    infos.push_back(frame_of(plan, clip, row));
    frames.push_back(video.next()->read);
  }
  frames[2] = unread(FrameStatus::kTruncated, "cut");
  const std::vector<PreparedRow> again = preparer.look_again(infos, frames);
  ASSERT_EQ(rows.size(), 4u);
  ASSERT_EQ(again.size(), 4u);
  for (const std::size_t row : {0, 1, 3}) {
    EXPECT_EQ(again[row].info.frame, rows[row].info.frame);
    EXPECT_TRUE(again[row].info.box == rows[row].info.box);
    EXPECT_EQ(again[row].crop, rows[row].crop);
  }
  EXPECT_EQ(again[2].info.status, FrameStatus::kTruncated);
  EXPECT_EQ(again[2].problem, "cut");
  EXPECT_TRUE(again[2].crop.empty());
}

TEST_F(ClipPreparerTest, TheDecodersLimitsAreTheOptions) {
  PrepareOptions options;
  options.max_pixels = 77;
  options.sandbox = false;
  options.frame_timeout_s = 3;
  EXPECT_EQ(decoder_options(options).limits.max_pixels, 77);
  EXPECT_FALSE(decoder_options(options).sandbox);
  EXPECT_EQ(decoder_options(options).frame_timeout_s, 3);
}

}  // namespace
}  // namespace unmask
