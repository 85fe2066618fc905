#include "data/synth/synth.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/faces/face_detector.h"
#include "data/synth/synth_blend.h"
#include "data/synth/synth_camera.h"
#include "data/synth/synth_face.h"
#include "data/synth/synth_paint.h"
#include "data/synth/synth_photo.h"
#include "data/synth/synth_plan.h"
#include "data/synth/synth_studio.h"

namespace unmask::synth {
namespace {

namespace fs = std::filesystem;

class SynthTest : public ::testing::Test {
 protected:
  SynthTest() {
    char name[] = "/tmp/unmask-synth-XXXXXX";
    folder_ = mkdtemp(name);
    fs::create_directory(folder_ / "faces");
  }
  ~SynthTest() override { fs::remove_all(folder_); }

  static cv::Mat drawn_plate(std::uint32_t who) {
    Draws draws(11, DrawFor::kSynth, who);
    return paint_face(draw_face(draws), Draws(11, DrawFor::kSynth, who, 0, 1), Draws(11, DrawFor::kSynth, who, 0, 2));
  }
  void write_face(const std::string& name, std::uint32_t who) const {
    ASSERT_TRUE(cv::imwrite((folder_ / "faces" / name).string(), drawn_plate(who)));
  }

  fs::path folder_;
};

TEST_F(SynthTest, DrawnFacesAreFoundByTheDetector) {
  const auto detector = make_face_detector({});
  int found = 0;
  for (std::uint32_t who = 0; who < 30; ++who) {
    cv::Mat rgb;
    drawn_plate(who).convertTo(rgb, CV_8U);
    cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
    const RgbImage image{rgb.cols, rgb.rows, std::vector<std::uint8_t>(rgb.data, rgb.data + rgb.total() * 3)};
    const std::vector<DetectedFace> faces = detector->detect(image);
    if (faces.empty()) continue;
    ++found;
    EXPECT_NEAR((faces[0].left + faces[0].right) / 2, 160, 15) << "person " << who;
    EXPECT_NEAR(faces[0].right - faces[0].left, 154, 31) << "person " << who;
  }
  EXPECT_GE(found, 29);
}

TEST(SynthPlanTest, NamesSayIdentityAndMethodAndNothingElseOfTheLabel) {
  const SynthPlan plan = plan_synth(3, {"ann", "bob", "cy", "dee", "eve"});
  std::map<std::string, std::set<std::string>> numbers;
  std::map<bool, double> sum, count;
  for (const Clip& clip : plan.clips) {
    const bool swap = clip.name.starts_with("swap_"), part = clip.name.starts_with("part_");
    EXPECT_EQ(clip.fake, swap || part) << clip.name;
    if (clip.fake) {
      EXPECT_EQ(clip.family == BlendFamily::kSwap, swap);
    }
    const std::string number = clip.name.substr(clip.name.rfind('_') + 1);
    const std::string dataset = clip.folder.substr(0, clip.folder.find('/'));
    EXPECT_TRUE(numbers[dataset].insert(number).second) << clip.name << ": number used twice in " << dataset;
    sum[clip.fake] += std::stod(number);
    ++count[clip.fake];
  }
  EXPECT_EQ(numbers.size(), 2u);
  EXPECT_NEAR(sum[true] / count[true], sum[false] / count[false],
              50);  // of 0 to 649; deviation of the difference is 10
}

TEST(SynthPlanTest, SplitsAndClassesAreAsPromised) {
  const SynthPlan plan = plan_synth(3, {"ann", "bob", "cy", "dee", "eve"});
  std::map<std::string, int> clips;
  std::map<std::string, std::map<std::string, int>> people;  // split folder and class → identity → clips
  std::map<std::string, std::string> split_of;
  for (const Clip& clip : plan.clips) {
    ++clips[clip.folder];
    const std::string bare = clip.fake ? clip.name.substr(5) : clip.name, who = bare.substr(0, bare.find('_'));
    ++people[clip.folder][who];
    const fs::path folder(clip.folder);
    const std::string parts = folder.string().substr(folder.string().find('/') + 1);
    const std::string split = parts.substr(0, parts.find(clip.fake ? "fake" : "real"));
    const auto [known, is_new] = split_of.emplace(who, split);
    EXPECT_EQ(known->second, split) << who << " is in two splits";
  }
  for (const std::string dataset : {"base_deepfake/", "augment_deepfake/"}) {
    for (const auto& [split, wanted] : std::map<std::string, int>{{"", 220}, {"val/", 75}, {"calibration/", 30}}) {
      EXPECT_EQ(clips[dataset + split + "real/frames"], wanted);
      EXPECT_EQ(clips[dataset + split + "fake/frames"], wanted);
      EXPECT_EQ(people[dataset + split + "real/frames"], people[dataset + split + "fake/frames"]);
    }
  }
  EXPECT_EQ(split_of["ann"], "val/");
  EXPECT_EQ(split_of["bob"], "val/");
  EXPECT_EQ(split_of["eve"], "");
}

TEST(SynthPlanTest, FamilyDoesNotDependOnIdentity) {
  int parts = 0, fakes = 0, most = 0, people = 0;
  std::map<std::uint32_t, std::pair<int, int>> by_person;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const Clip& clip : plan_synth(seed, {}).clips) {
      if (!clip.fake || clip.look != CameraLook::kStudio) continue;
      ++fakes, ++by_person[clip.drawn].second;
      if (clip.family == BlendFamily::kPart) ++parts, ++by_person[clip.drawn].first;
    }
  }
  EXPECT_NEAR(static_cast<double>(parts) / fakes, 0.2, 0.02);
  for (const auto& [who, count] : by_person) most = std::max(most, count.first), ++people;
  EXPECT_LT(most, 25);  // of 20 to 60 fakes; an identity tied to a family would have them all
  EXPECT_GT(people, 100);
}

TEST(SynthPlanTest, SomebodyIsInValWhereverThereAreTwoPeople) {
  EXPECT_EQ(split_people(0).size(), 0u);
  EXPECT_EQ(split_people(1), std::vector<Split>{Split::kTrain});
  for (std::size_t people = 2; people < 40; ++people) {
    const std::vector<Split> splits = split_people(people);
    EXPECT_GE(std::count(splits.begin(), splits.end(), Split::kVal), 1) << people;
    EXPECT_GE(std::count(splits.begin(), splits.end(), Split::kTrain), 1) << people;
    EXPECT_EQ(std::count(splits.begin(), splits.end(), Split::kCalibration) > 0, people >= 8) << people;
  }
}

TEST(SynthPhotoTest, FilesOfOnePersonShareTheName) {
  EXPECT_EQ(person_name("obama.jpg"), "obama");
  EXPECT_EQ(person_name("obama2.jpg"), "obama");
  EXPECT_EQ(person_name("Anna_Maria-03.PNG"), "annamaria");
  EXPECT_EQ(person_name("0042.png"), "p0042");
  EXPECT_EQ(person_name("d17.png"), "persond");  // d and a number are the drawn faces
}

TEST_F(SynthTest, PhotosAreMovedToThePlatesPlaceAndOthersAreNamed) {
  cv::Mat plate = drawn_plate(0), large;
  cv::resize(plate, large, {480, 480});
  cv::copyMakeBorder(large, large, 30, 60, 90, 10, cv::BORDER_REPLICATE);
  ASSERT_TRUE(cv::imwrite((folder_ / "faces/ann.png").string(), large));
  std::ofstream(folder_ / "faces/notes.txt") << "no picture";
  ASSERT_TRUE(cv::imwrite((folder_ / "faces/wall.png").string(), cv::Mat(200, 200, CV_8UC3, cv::Scalar(90, 90, 90))));
  const People people = load_people(folder_ / "faces", {"ann.png", "gone.png", "notes.txt", "wall.png"}, 2);
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

TEST_F(SynthTest, FakesDifferInsideTheMaskOnly) {
  const cv::Mat plate = drawn_plate(5);
  for (const BlendFamily family : {BlendFamily::kSwap, BlendFamily::kPart}) {
    Draws draws(2, DrawFor::kSynth), tremor(2, DrawFor::kSynth, 1);
    const Blend blend = draw_blend(draws, family);
    const cv::Mat fake = blend_face(plate, blend, tremor);
    cv::Mat changed;
    cv::absdiff(fake, plate, changed);
    EXPECT_GT(cv::mean(changed, blend.mask > 0.5)[0] + cv::mean(changed, blend.mask > 0.5)[1], 3);
    EXPECT_EQ(cv::sum(cv::Mat(cv::mean(changed, blend.mask <= 0)))[0], 0);
    EXPECT_GT(cv::countNonZero(blend.mask <= 0), kPlatePx * kPlatePx / 2);
  }
}

TEST_F(SynthTest, CamerasDifferAsTheDatasetsDo) {
  const cv::Mat plate = drawn_plate(5);
  for (std::uint32_t clip = 0; clip < 5; ++clip) {
    Draws studio_draws(2, DrawFor::kSynth, clip), web_draws(3, DrawFor::kSynth, clip), frame(4, DrawFor::kSynth, clip);
    const Camera studio = draw_camera(studio_draws, CameraLook::kStudio),
                 web = draw_camera(web_draws, CameraLook::kWeb);
    const std::vector<std::uint8_t> large = take_frame(plate, studio, 0, frame),
                                    small = take_frame(plate, web, 0, frame);
    EXPECT_EQ(cv::imdecode(large, cv::IMREAD_COLOR).cols, kPlatePx);
    const int px = cv::imdecode(small, cv::IMREAD_COLOR).cols;
    EXPECT_GE(px, 144);
    EXPECT_LE(px, 240);
    EXPECT_GT(large.size(), small.size());
  }
}

TEST_F(SynthTest, EqualSeedGivesEqualBytesAndAnotherSeedOthers) {
  const SynthPlan plan = plan_synth(5, {});
  const auto digests = [&](const std::string& name, std::uint64_t seed, int threads) {
    std::vector<Clip> clips;
    for (std::size_t i = 0; i < plan.clips.size(); i += 70) clips.push_back(plan.clips[i]);
    shoot_clips({folder_ / name, seed, {}}, clips, threads, nullptr);
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / name)) {
      if (!entry.is_regular_file()) continue;
      const MappedFile file(entry.path());
      files[fs::relative(entry.path(), folder_ / name).string()] = to_hex(digest128(file.bytes()));
    }
    return files;
  };
  const auto once = digests("a", 5, 1), again = digests("b", 5, 3), other = digests("c", 6, 2);
  ASSERT_EQ(once.size(), 19u * kClipFrames);
  EXPECT_EQ(once, again);
  for (const auto& [file, digest] : once) EXPECT_NE(other.at(file), digest) << file;
}

TEST_F(SynthTest, MissingFolderOfFacesIsAUsageError) {
  try {
    make_synth({folder_ / "out", folder_ / "none", 1, 1}, nullptr);
    FAIL() << "no error";
  } catch (const Error& fault) {
    EXPECT_EQ(fault.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(fault.what()).find("none"), std::string::npos);
    EXPECT_NE(std::string(fault.what()).find("--faces"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

/// What a finished call leaves, small.
void write_marker(const fs::path& out, std::uint64_t seed, const std::string& faces) {
  fs::create_directories(out / "datasets");
  const nlohmann::json marker = {{"version", kSynthVersion},
                                 {"seed", seed},
                                 {"faces", faces},
                                 {"videos", 12},
                                 {"frames", 60},
                                 {"people", {"ann"}},
                                 {"unused", nlohmann::json::array()}};
  std::ofstream(out / "datasets/synth.json") << marker;
}

TEST_F(SynthTest, AFinishedDatasetIsLeftAsItIsAndAnotherIsRefused) {
  const std::string no_faces = to_hex(digest128({}));
  write_marker(folder_ / "out", 7, no_faces);
  const SynthReport report = make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr);
  EXPECT_TRUE(report.was_finished);
  EXPECT_EQ(report.frames, 60);
  EXPECT_FALSE(fs::exists(folder_ / "out/datasets/base_deepfake"));
  const auto refused = [&](std::uint64_t seed, const std::string& word) {
    try {
      make_synth({folder_ / "out", folder_ / "faces", seed, 1}, nullptr);
      FAIL() << "no error";
    } catch (const Error& fault) {
      EXPECT_EQ(fault.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(fault.what()).find(word), std::string::npos) << fault.what();
    }
  };
  refused(8, "seed 7");
  std::ofstream(folder_ / "faces/ann.txt") << "another file";
  refused(7, "other face files");
  std::ofstream(folder_ / "out/datasets/synth.json") << "{ damaged";
  EXPECT_THROW(make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr), Error);
}

TEST_F(SynthTest, FoldersThatSynthHasNotMadeAreNeverRemoved) {
  fs::create_directories(folder_ / "out/datasets/base_deepfake/real/frames");
  std::ofstream(folder_ / "out/datasets/base_deepfake/real/frames/mine_000.png") << "precious";
  EXPECT_THROW(make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr), Error);
  EXPECT_TRUE(fs::exists(folder_ / "out/datasets/base_deepfake/real/frames/mine_000.png"));
}

TEST_F(SynthTest, AFifoAmongTheFacesIsNamedAndNotWaitedFor) {
  ASSERT_EQ(mkfifo((folder_ / "faces/pipe.jpg").c_str(), 0600), 0);
  write_marker(folder_ / "out", 7, to_hex(digest128({})));
  EXPECT_TRUE(make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr).was_finished);
}

}  // namespace
}  // namespace unmask::synth
