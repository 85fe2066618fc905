#include "data/layouts/frame_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

void touch(const fs::path& file) { write_bytes(file, {'x'}); }

TEST(FrameName, TellsMethodVideoNumberAndIdentities) {
  struct Case {
    const char* name;
    bool fake;
    const char *method, *video, *target, *source;
    std::uint32_t frame;
  };
  const Case cases[] = {
      {"000_012.png", false, "real", "000", "000", "", 12},
      {"000_003_012.png", true, "fake", "000_003", "000", "003", 12},
      {"deepfake_000_003_001.png", true, "deepfakes", "000_003", "000", "003", 1},
      {"face2face_878_003_1234.jpg", true, "face2face", "878_003", "878", "003", 1234},
      {"faceswap_339_392_000.png", true, "faceswap", "339_392", "339", "392", 0},
      {"neuraltextures_001_870_007.png", true, "neuraltextures", "001_870", "001", "870", 7},
      {"deepfakedetection_01_02__exit_phone_room__YVGY8LOK_005.png", true, "deepfakedetection",
       "01_02__exit_phone_room__YVGY8LOK", "01", "02", 5},
      {"01__exit_phone_room_005.png", false, "real", "01__exit_phone_room", "01", "", 5},
      {"p017_03_002.png", false, "real", "p017_03", "p017", "", 2},
      {"swap_p017_03_002.jpg", true, "swap", "p017_03", "p017", "p017", 2},
      {"part_obama_11_004.jpg", true, "part", "obama_11", "obama", "obama", 4},
      // A prefix means a method only on fakes.
      {"swap_p017_03_002.jpg", false, "real", "swap_p017_03", "swap_p017_03", "", 2},
      // Names that follow no rule: a video of its own, its own identity.
      {"my holiday_clip.png", true, "fake", "my holiday_clip", "my holiday_clip", "", 0},
      {"a_b_c_001.png", false, "real", "a_b_c", "a_b_c", "", 1},
      {"x_01.png", false, "real", "x_01", "x", "", 0},  // two digits are a clip, not a frame
      {"_001.png", false, "real", "_001", "_001", "", 0},
      {"deepfake__001.png", true, "fake", "deepfake_", "deepfake_", "", 1},
      {".png", false, "real", ".png", ".png", "", 0},
      {"noext", false, "real", "noext", "noext", "", 0},
      {"v_9999999999.png", false, "real", "v_9999999999", "v", "", 0},  // would not fit a frame number
      {"\xff\xfe_001.png", false, "real", "\\xff\\xfe", "\\xff\\xfe", "", 1},
  };
  for (const Case& expected : cases) {
    const FrameInfo info = parse_frame_name(expected.name, expected.fake);
    EXPECT_EQ(info.label, expected.fake ? 1 : 0) << expected.name;
    EXPECT_EQ(info.method, expected.method) << expected.name;
    EXPECT_EQ(info.video, expected.video) << expected.name;
    EXPECT_EQ(info.target_identity, expected.target) << expected.name;
    EXPECT_EQ(info.source_identity, expected.source) << expected.name;
    EXPECT_EQ(info.frame, expected.frame) << expected.name;
  }
}

TEST(Printable, KeepsUtf8AndKeepsDifferentNamesDifferent) {
  EXPECT_EQ(printable("plain_ä_漢_😀"), "plain_ä_漢_😀");
  EXPECT_EQ(printable("a\nb\x1b[31m"), "a\\x0ab\\x1b[31m");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // a control character of two bytes
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xe6\xbc"), "\\xe6\\xbc");           // cut off
  EXPECT_NE(printable("\\xff"), printable("\xff"));
}

TEST(FrameList, SortsByLabelAndBytesWhateverTheOrderOfCreation) {
  const TemporaryFolder folder;
  const fs::path root = folder.path() / "base_deepfake";
  std::vector<std::string> names = {"b_001.png", "a_002.png", "B_001.png",
                                    "a_001.jpg", "a_010.png", "\xc3\xa4_001.png"};
  for (int order = 0; order < 3; ++order) {
    fs::remove_all(root);
    std::rotate(names.begin(), names.begin() + 2, names.end());
    for (const std::string& name : names) touch(root / "real" / "frames" / name);
    touch(root / "fake" / "frames" / "Z_001.png");
    std::vector<std::string> listed;
    for (const FrameEntry& entry : list_frames(folder.path(), "base", Split::kTrain)) {
      listed.push_back(std::to_string(entry.info.label) + entry.file.filename().native());
      EXPECT_EQ(entry.info.dataset, "base");
    }
    EXPECT_EQ(listed, (std::vector<std::string>{"0B_001.png", "0a_001.jpg", "0a_002.png", "0a_010.png", "0b_001.png",
                                                "0\xc3\xa4_001.png", "1Z_001.png"}));
  }
}

TEST(FrameList, KeepsTheSplitsApart) {
  const TemporaryFolder folder;
  const fs::path root = folder.path() / "augment_deepfake";
  touch(root / "real" / "frames" / "t_001.png");
  touch(root / "val" / "fake" / "frames" / "swap_v_01_001.png");
  touch(root / "calibration" / "real" / "frames" / "c_001.png");
  const auto only = [&](Split split) {
    const std::vector<FrameEntry> frames = list_frames(folder.path(), "augment", split);
    EXPECT_LE(frames.size(), 1u);
    if (frames.empty()) return std::string();
    EXPECT_EQ(frames[0].info.split, split);
    return frames[0].info.video;
  };
  EXPECT_EQ(only(Split::kTrain), "t");
  EXPECT_EQ(only(Split::kVal), "v_01");
  EXPECT_EQ(only(Split::kCalibration), "c");
  EXPECT_EQ(only(Split::kTest), "");
}

TEST(FrameList, ListsWhateverLiesInTheFolder) {
  const TemporaryFolder folder;
  const fs::path frames = folder.path() / "base_deepfake" / "real" / "frames";
  touch(frames / "ok_001.png");
  touch(frames / "not utf8 \xff_001.png");
  touch(frames / "new\nline_001.png");
  touch(frames / ".hidden");
  fs::create_directory(frames / "folder_001.png");
  fs::create_symlink("loop_001.png", frames / "loop_001.png");
  fs::create_symlink("nowhere", frames / "dangling_001.png");
  ASSERT_EQ(mkfifo((frames / "fifo_001.png").c_str(), 0600), 0);
  std::set<std::string> videos;
  for (const FrameEntry& entry : list_frames(folder.path(), "base", Split::kTrain)) videos.insert(entry.info.video);
  EXPECT_EQ(videos, (std::set<std::string>{"ok", "not utf8 \\xff", "new\\x0aline", ".hidden", "folder", "loop",
                                           "dangling", "fifo"}));
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "";
}

TEST(FrameList, NamesAnEmptyFolderAndAFileInItsPlace) {
  const TemporaryFolder folder;
  const fs::path root = folder.path() / "base_deepfake";
  fs::create_directories(root / "real" / "frames");
  const auto list = [&] { list_frames(folder.path(), "base", Split::kTrain); };
  EXPECT_NE(error_of(list).find("base_deepfake/real/frames: the folder is empty"), std::string::npos);
  fs::remove(root / "real" / "frames");
  touch(root / "real" / "frames");
  EXPECT_NE(error_of(list).find("wanted a folder"), std::string::npos);
  fs::remove(root / "real" / "frames");
  fs::create_symlink("frames", root / "real" / "frames");
  EXPECT_NE(error_of(list).find("symbolic links"), std::string::npos);
}

TEST(FindDatasets, SortsLeavesOutTheAliasAndRefusesOddNames) {
  const TemporaryFolder folder;
  for (const char* name : {"augment_deepfake", "both_deepfake", "celeb_deepfake", "not_a_dataset"}) {
    fs::create_directory(folder.path() / name);
  }
  touch(folder.path() / "file_deepfake");
  EXPECT_EQ(find_datasets(folder.path()), (std::vector<std::string>{"augment", "both", "celeb"}));
  fs::create_directory(folder.path() / "base_deepfake");
  EXPECT_EQ(find_datasets(folder.path()), (std::vector<std::string>{"augment", "base", "celeb"}));
  fs::create_directory(folder.path() / "a b_deepfake");
  EXPECT_NE(error_of([&] { find_datasets(folder.path()); }).find("rename the folder"), std::string::npos);
}

}  // namespace
}  // namespace unmask
