#include "data/prepare/prepare.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "data/faces/face_cropper.h"
#include "data/faces/face_detector.h"
#include "data/frames/image_file.h"
#include "data/store/crop_store.h"
#include "tests/data/prepare/prepared_tree.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Bytes = FileBytes;

class Prepare : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    make_datasets(folder_->path() / "datasets");
    counts_ = prepare_all(options("undisturbed"), 1);
  }
  static void TearDownTestSuite() { delete folder_; }

  static PrepareOptions options(const std::string& stores) {
    PrepareOptions result;
    result.datasets = (folder_->path() / "datasets").native();
    result.stores = (folder_->path() / stores).native();
    result.crop_px = 48;
    result.unit_frames = 4;
    result.faces = FaceChoice::kBest;
    result.max_pixels = 300'000;
    return result;
  }
  static fs::path undisturbed() { return folder_->path() / "undisturbed"; }

  static TemporaryFolder* folder_;
  static std::map<std::string, PrepareCounts> counts_;  // of the run of one rank, in undisturbed()
};
TemporaryFolder* Prepare::folder_ = nullptr;
std::map<std::string, PrepareCounts> Prepare::counts_;

TEST_F(Prepare, CountsAndNamesEveryFrame) {
  ASSERT_EQ(counts_.size(), 3u);
  const PrepareCounts& train = counts_.at("base/train");
  EXPECT_EQ(train.by_status, (std::map<std::string, std::int64_t>{{to_word(FrameStatus::kOk), 10},
                                                                  {to_word(FrameStatus::kNoFace), 1},
                                                                  {to_word(FrameStatus::kTruncated), 2},
                                                                  {to_word(FrameStatus::kNotAnImage), 1},
                                                                  {to_word(FrameStatus::kTooLarge), 1},
                                                                  {to_word(FrameStatus::kNotAFile), 2},
                                                                  {to_word(FrameStatus::kUnreadable), 1}}));
  ASSERT_EQ(train.bad.size(), 7u);
  const auto named = [&](const std::string& file, FrameStatus status) {
    return std::any_of(train.bad.begin(), train.bad.end(), [&](const std::string& line) {
      return line.starts_with("base_deepfake/fake/frames/" + file + ": " + to_word(status) + ": ");
    });
  };
  EXPECT_TRUE(named("swap_cut_01_001.jpg", FrameStatus::kTruncated));
  EXPECT_TRUE(named("\\xff_001.png", FrameStatus::kTruncated));
  EXPECT_TRUE(named("text_001.png", FrameStatus::kNotAnImage));
  EXPECT_TRUE(named("large_001.png", FrameStatus::kTooLarge));
  EXPECT_TRUE(named("folder_001.png", FrameStatus::kNotAFile));
  EXPECT_TRUE(named("fifo_001.png", FrameStatus::kNotAFile));
  EXPECT_TRUE(named("loop_001.png", FrameStatus::kUnreadable));
  EXPECT_EQ(counts_.at("base/val").by_status, (std::map<std::string, std::int64_t>{{"ok", 2}}));
  EXPECT_EQ(counts_.at("augment/train").by_status, (std::map<std::string, std::int64_t>{{"ok", 2}}));
}

TEST_F(Prepare, StoresWhatReaderDetectorAndCropperGive) {
  const CropStore store(undisturbed() / "base" / "val.crops");
  ASSERT_EQ(store.size(), 2u);
  const FrameInfo real = store.frame(0), fake = store.frame(1);
  EXPECT_EQ(real.video, "hopper_01");
  EXPECT_EQ(real.method, "real");
  EXPECT_EQ(real.label, 0);
  EXPECT_EQ(fake.method, "deepfakes");
  EXPECT_EQ(fake.video, "000_003");
  EXPECT_EQ(fake.target_identity, "000");
  EXPECT_EQ(fake.source_identity, "003");
  EXPECT_EQ(fake.label, 1);
  EXPECT_EQ(fake.split, Split::kVal);
  EXPECT_EQ(fake.dataset, "base");
  EXPECT_EQ(fake.frame, 1u);
  EXPECT_EQ(fake.detector, "dlib_hog");
  EXPECT_EQ(fake.source, "base_deepfake/val/fake/frames/deepfake_000_003_001.jpg");
  const Bytes file = read_bytes(folder_->path() / "datasets" / fake.source);
  EXPECT_EQ(fake.source_bytes, file.size());
  EXPECT_EQ(fake.source_digest, to_hex(digest128(std::as_bytes(std::span(file)))));
  const ReadFrame frame =
      read_image(folder_->path() / "datasets/base_deepfake/val/fake/frames/deepfake_000_003_001.jpg", {});
  const FaceBox box =
      square_box(make_face_detector({})->detect(frame.image).at(0), frame.image.width, frame.image.height, 1.3);
  EXPECT_TRUE(fake.box == box);
  EXPECT_EQ(fake.frame_width, frame.image.width);
  EXPECT_EQ(fake.frame_height, frame.image.height);
  EXPECT_GT(fake.detector_score, 0);
  Bytes crop(48 * 48 * 3);
  store.read(1, crop);
  EXPECT_EQ(crop, crop_face(frame.image, box, 48));
}

TEST_F(Prepare, WritesTheSameBytesForAnyNumberOfRanks) {
  prepare_all(options("ranks2"), 2);
  prepare_all(options("ranks3"), 3);
  const std::map<std::string, Bytes> expected = files_below(undisturbed());
  EXPECT_EQ(file_names_below(undisturbed()),
            (std::set<std::string>{"augment/prepared.crops", "augment/prepared.crops.plan", "augment/train.crops",
                                   "base/prepared.crops", "base/prepared.crops.plan", "base/prepared.problems.csv",
                                   "base/train.crops", "base/val.crops"}));
  for (const char* other : {"ranks2", "ranks3"}) {
    EXPECT_TRUE(files_below(folder_->path() / other) == expected) << other;
  }
  PrepareOptions few = options("few units");
  few.names = {"augment"};
  prepare_all(few, 5);  // more ranks than units
  EXPECT_TRUE(read_bytes(folder_->path() / "few units/augment/train.crops") == expected.at("augment/train.crops"));
}

TEST_F(Prepare, WritesNoPathOfThisMachine) {
  for (const auto& [name, bytes] : files_below(undisturbed())) {
    const std::string text(bytes.begin(), bytes.end());
    EXPECT_EQ(text.find(folder_->path().filename().native()), std::string::npos) << name;
  }
}

TEST_F(Prepare, SaysInTheStoreHowCropsWereMade) {
  EXPECT_EQ(CropStore(undisturbed() / "base" / "train.crops").preprocessing_json(),
            "{\"align\":\"none\",\"box_scale\":1.3,\"crop_px\":48,\"detect_short_side_px\":480,\"detector\":\"dlib_"
            "hog\",\"detector_version\":"
            "\"dlib 19.24\",\"encoding\":\"raw\",\"faces\":\"best"
            "\",\"format\":1,\"max_pixels\":300000,\"resize\":\"area "
            "when shrinking, else bilinear\",\"upsample\":1}");
}

TEST_F(Prepare, GoesOnAfterAKillWithAnotherNumberOfRanks) {
  const PrepareOptions interrupted = options("interrupted");
  const PreparePlan plan = plan_prepare(interrupted);
  ASSERT_GT(plan.units.size(), 5u);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int units = 0;
    prepare_units(plan, 0, 2, {{}, [&](std::size_t) {
                                 if (++units == 2) raise(SIGKILL);
                               }});
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const fs::path stores = interrupted.stores;
  std::set<std::string> parts = file_names_below(stores);
  std::erase_if(parts, [](const std::string& name) { return !name.ends_with(".crops"); });
  EXPECT_EQ(parts.size(), 2u);
  std::map<std::string, fs::file_time_type> times;
  for (const std::string& part : parts) times[part] = fs::last_write_time(stores / part);

  const PreparePlan again = plan_prepare(interrupted);
  for (int rank = 0; rank < 3; ++rank) prepare_units(again, rank, 3, {});
  for (const std::string& part : parts) EXPECT_EQ(fs::last_write_time(stores / part), times[part]) << "was made twice";
  join_prepared(again);
  EXPECT_TRUE(files_below(stores) == files_below(undisturbed()));
}

TEST_F(Prepare, MakesADamagedPartAnew) {
  const PreparePlan plan = plan_prepare(options("damaged"));
  prepare_units(plan, 0, 1, {});
  int damaged = 0;
  for (const auto& [name, bytes] : files_below(plan.listing.options.stores)) {
    constexpr std::size_t kInFirstRecord = 5000;  // where the part has one: not every video shows a face
    Bytes other = bytes;
    if (++damaged % 2 == 0 || other.size() <= kInFirstRecord) {
      other.resize(bytes.size() / 2);
    } else {
      other[kInFirstRecord] ^= 1;
    }
    write_bytes(fs::path(plan.listing.options.stores) / name, other);
  }
  EXPECT_THROW(join_prepared(plan), Error);
  prepare_units(plan, 0, 1, {});
  join_prepared(plan);
  EXPECT_TRUE(files_below(plan.listing.options.stores) == files_below(undisturbed()));
}

TEST_F(Prepare, DoesNothingTwice) {
  const PreparePlan plan = plan_prepare(options("undisturbed"));
  EXPECT_TRUE(plan.units.empty());
  const std::map<std::string, PrepareCounts> second = join_prepared(plan);
  ASSERT_EQ(second.size(), counts_.size());
  for (const auto& [name, counts] : counts_) {
    EXPECT_EQ(second.at(name).by_status, counts.by_status);
    EXPECT_EQ(second.at(name).bad, counts.bad);
  }
}

TEST_F(Prepare, DoesNotTakePartsOrStoresOfAnotherPlan) {
  PrepareOptions other = options("changed");
  other.box_scale = 1.5;
  prepare_all(other, 1);
  EXPECT_FALSE(files_below(other.stores) == files_below(undisturbed()));
  prepare_units(plan_prepare(options("changed")), 0, 2, {});
  prepare_all(options("changed"), 1);
  EXPECT_TRUE(files_below(other.stores) == files_below(undisturbed()));
}

TEST_F(Prepare, SeesThatAFrameChanged) {
  const TemporaryFolder folder;
  const fs::path frame = folder.path() / "base_deepfake/real/frames/obama_01_001.png";
  write_image(frame, photo("obama.jpg", 150));
  PrepareOptions changing = options("");
  changing.datasets = folder.path().native();
  changing.stores = (folder.path() / "stores").native();
  prepare_all(changing, 1);
  write_image(frame, photo("biden.jpg", 150));
  EXPECT_EQ(plan_prepare(changing).units.size(), 1u);
}

TEST_F(Prepare, TakesTheDatasetsThatAreNamed) {
  PrepareOptions named = options("named");
  named.names = {"augment"};
  EXPECT_EQ(prepare_all(named, 1).size(), 1u);
}

TEST_F(Prepare, RowsStandInTheOrderOfTheirFramesWhateverTheNamesSay) {
  const TemporaryFolder folder;
  const cv::Mat wall(100, 100, CV_8UC3, cv::Scalar::all(90));
  const std::vector<std::string> names = {"x_0001_000", "x_1000", "x_998", "x_999"};  // sorted by bytes
  for (const std::string& name : names) {
    write_image(folder.path() / "base_deepfake/real/frames" / (name + ".png"), wall);
  }
  PrepareOptions mixed = options("");
  mixed.datasets = folder.path().native();
  mixed.stores = (folder.path() / "stores").native();
  prepare_all(mixed, 1);
  const CropStore store(folder.path() / "stores/base/train.crops");
  std::vector<std::string> rows;
  for (std::size_t row = 0; row < store.size(); ++row) {
    rows.push_back(store.frame(row).video + " " + std::to_string(store.frame(row).frame));
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"x_0001 0", "x 998", "x 999", "x 1000"}));
}

TEST_F(Prepare, KeepsJpegCropsSmaller) {
  PrepareOptions jpeg = options("jpeg");
  jpeg.encoding = CropEncoding::kJpeg95;
  jpeg.names = {"augment"};
  prepare_all(jpeg, 1);
  const fs::path store = folder_->path() / "jpeg/augment/prepared.crops";
  EXPECT_LT(fs::file_size(store) - 4096, (fs::file_size(undisturbed() / "augment/prepared.crops") - 4096) / 2);
  EXPECT_EQ(CropStore(store).encoding(), CropEncoding::kJpeg95);
}

TEST_F(Prepare, SaysWhenTheDiskIsFullAndKeepsWhatIsFinished) {
  const PrepareOptions full = options("full");
  const PreparePlan plan = plan_prepare(full);
  prepare_units(plan, 0, 1, {});
  const std::set<std::string> parts = file_names_below(full.stores);
  // A limit on file sizes stands for a full disk: parts fit, the joined store doesn't.
  std::uintmax_t largest = 0;
  for (const std::string& part : parts) largest = std::max(largest, fs::file_size(fs::path(full.stores) / part));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{largest, before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string what;
  try {
    join_prepared(plan);
  } catch (const Error& error) {
    what = error.what();
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_NE(what.find("give the same command again"), std::string::npos) << what;
  const std::set<std::string> left = file_names_below(full.stores);
  EXPECT_FALSE(left.contains("base/prepared.crops"));
  EXPECT_TRUE(left.contains("base/prepared.parts/" + plan.listing.datasets[1].digest + "/unit-000000.crops"));
  join_prepared(plan_prepare(full));
  EXPECT_TRUE(files_below(full.stores) == files_below(undisturbed()));
}

}  // namespace
}  // namespace unmask
