#include "data/frames/frame_reader.h"

#include <gtest/gtest.h>

#include "data/frames/image_file.h"
#include "tests/data/frames/small_video.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

TEST(FrameReader, ReadsAnImageFile) {
  FrameReader reader({});
  const ReadFrame frame = reader.read({face_file("hopper.jpg")});
  ASSERT_EQ(frame.status, FrameStatus::kOk) << frame.problem;
  EXPECT_EQ(frame.image.rgb, read_image(face_file("hopper.jpg"), {}).image.rgb);
}

TEST(FrameReader, ReadsFramesOfVideosInAnyOrder) {
  const TemporaryFolder folder;
  const auto one = folder.path() / "one.avi", two = folder.path() / "two.avi";
  write_video(one, 12);
  write_video(two, 6);
  FrameReader reader({});
  const auto number_at = [&](const std::filesystem::path& file, std::uint32_t frame) {
    return number_of(reader.read({file, frame, Media::kVideo}).image);
  };
  for (const std::uint32_t frame : {0u, 1u, 2u, 7u, 11u}) EXPECT_EQ(number_at(one, frame), static_cast<int>(frame));
  EXPECT_EQ(number_at(one, 11), 11);  // again
  EXPECT_EQ(number_at(one, 3), 3);    // back
  EXPECT_EQ(number_at(two, 4), 4);
  EXPECT_EQ(number_at(one, 5), 5);
}

TEST(FrameReader, SaysWhyAFrameIsNotThere) {
  const TemporaryFolder folder;
  const auto clip = folder.path() / "clip.avi", cut = folder.path() / "cut.avi", text = folder.path() / "text.mp4";
  write_video(clip, 6);
  write_video(cut, 12);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) * 9 / 10);
  write_bytes(text, {'t', 'e', 'x', 't'});
  FrameReader reader({});
  for (int twice = 0; twice < 2; ++twice) {
    const ReadFrame beyond = reader.read({clip, 6, Media::kVideo}), lost = reader.read({cut, 11, Media::kVideo}),
                    none = reader.read({text, 9, Media::kVideo});
    EXPECT_EQ(beyond.problem, "has 6 frames; wanted frame 6");
    EXPECT_EQ(lost.status, FrameStatus::kTruncated);
    EXPECT_NE(lost.problem.find("damaged or cut off"), std::string::npos) << lost.problem;
    EXPECT_EQ(none.status, FrameStatus::kNotAnImage);
    EXPECT_EQ(reader.read({text, 10, Media::kVideo}).problem, none.problem);  // of the file that is open already
  }
  EXPECT_EQ(number_of(reader.read({clip, 5, Media::kVideo}).image), 5);
}

TEST(FrameReader, AVideoAmongImagesIsNoImage) {
  FrameReader reader({});
  EXPECT_EQ(reader.read({face_file("carphone.mp4")}).status, FrameStatus::kNotAnImage);
}

}  // namespace
}  // namespace unmask
