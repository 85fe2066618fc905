#include "data/synth/synth_photo.h"

#include <fstream>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/data/frames/small_video.h"
#include "tests/data/real_faces.h"
#include "tests/data/synth/drawn_plate.h"

namespace unmask::synth {
namespace {

namespace fs = std::filesystem;

TEST(SynthPhotoTest, FilesOfOnePersonShareTheName) {
  EXPECT_EQ(person_name("obama.jpg"), "obama");
  EXPECT_EQ(person_name("obama2.jpg"), "obama");
  EXPECT_EQ(person_name("Anna_Maria-03.PNG"), "annamaria");
  EXPECT_EQ(person_name("0042.png"), "p0042");
  EXPECT_EQ(person_name("d17.png"), "persond");  // d and a number are the drawn faces
}

TEST(SynthPhotoTest, PhotosAreMovedToThePlatesPlaceAndOthersAreNamed) {
  const TemporaryFolder folder;
  cv::Mat plate = drawn_plate(0), large;
  cv::resize(plate, large, {480, 480});
  cv::copyMakeBorder(large, large, 30, 60, 90, 10, cv::BORDER_REPLICATE);
  ASSERT_TRUE(cv::imwrite((folder.path() / "ann.png").string(), large));
  std::ofstream(folder.path() / "notes.txt") << "no picture";
  ASSERT_TRUE(cv::imwrite((folder.path() / "wall.png").string(), cv::Mat(200, 200, CV_8UC3, cv::Scalar(90, 90, 90))));
  const People people = load_people(folder.path(), {"ann.png", "gone.png", "notes.txt", "wall.png"}, 2);
  ASSERT_EQ(people.people.size(), 1u);
  cv::Mat original;
  plate.convertTo(original, CV_8U);
  const cv::Rect face(110, 110, 100, 110);
  // The detector's box is a whole step of its pyramid, so the place is exact to some pixels only.
  EXPECT_LT(cv::norm(people.people[0].footage[0].plates[0](face), original(face), cv::NORM_L1) / (face.area() * 3), 25);
  ASSERT_EQ(people.unused.size(), 3u);
  EXPECT_NE(people.unused[0].find("gone.png"), std::string::npos);
  EXPECT_NE(people.unused[1].find("notes.txt"), std::string::npos);
  EXPECT_EQ(people.unused[2], "wall.png: no face found");
}

TEST(SynthPhotoTest, EveryThirdFrameOfAVideoIsAPlate) {
  const fs::path clip = face_file("carphone.mp4");  // 120 frames of one man
  const People people = load_people(clip.parent_path(), {clip.filename()}, 1);
  ASSERT_EQ(people.people.size(), 1u);
  EXPECT_EQ(people.people[0].name, "carphone");
  EXPECT_LE(people.people[0].footage[0].plates.size(), 40u);
  EXPECT_GE(people.people[0].footage[0].plates.size(), 30u);  // some without a face
}

TEST(SynthPhotoTest, AVideoWithoutAFaceOrWithoutFramesIsNamed) {
  const TemporaryFolder folder;
  write_video(folder.path() / "grey.avi", 4);
  std::ofstream(folder.path() / "text.mp4") << "no video";
  const People people = load_people(folder.path(), {"grey.avi", "text.mp4"}, 1);
  EXPECT_TRUE(people.people.empty());
  EXPECT_EQ(people.unused,
            (std::vector<std::string>{"grey.avi: no face found in its frames",
                                      "text.mp4: can't be opened as a video: damaged, or of a kind that isn't read"}));
}

TEST(SynthPhotoTest, AClipTakesItsPlatesInOrderAndWarpsThemALittle) {
  Footage footage{"x.mp4", {}};
  for (int i = 0; i < 9; ++i) footage.plates.push_back(cv::Mat(kPlatePx, kPlatePx, CV_8UC3, cv::Scalar::all(20 * i)));
  for (std::uint32_t number = 0; number < 10; ++number) {
    const PhotoClip clip(footage, Draws(3, DrawFor::kSynth, number), 5);
    for (int frame = 1; frame < 5; ++frame) {
      const double step = cv::mean(clip.plate(frame, Draws(4, DrawFor::kSynth)))[0] -
                          cv::mean(clip.plate(frame - 1, Draws(4, DrawFor::kSynth)))[0];
      EXPECT_NEAR(step, 20, 1e-3);  // one after another, none twice
    }
  }
  const Footage drawn{"y.png", {[] {
                        cv::Mat plate;
                        drawn_plate(5).convertTo(plate, CV_8U);
                        return plate;
                      }()}};
  cv::Mat original, mirrored;
  drawn.plates[0].convertTo(original, CV_32F);
  cv::flip(original, mirrored, 1);
  const cv::Rect face(100, 100, 120, 130);
  int mirrors = 0;
  for (std::uint32_t number = 0; number < 20; ++number) {
    const cv::Mat plate = PhotoClip(drawn, Draws(3, DrawFor::kSynth, number), 5).plate(0, Draws(4, DrawFor::kSynth));
    const double as_it_was = difference(plate, original, face), turned = difference(plate, mirrored, face);
    EXPECT_GT(std::min(as_it_was, turned), 0);
    EXPECT_LT(std::min(as_it_was, turned), std::max(as_it_was, turned));
    EXPECT_LT(std::min(as_it_was, turned), 25);
    mirrors += turned < as_it_was;
  }
  EXPECT_GT(mirrors, 3);
  EXPECT_LT(mirrors, 17);
}

}  // namespace
}  // namespace unmask::synth
