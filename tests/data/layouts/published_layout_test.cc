#include "data/layouts/published_layout.h"

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

TEST(PublishedLayout, SortsByLabelAndBytesWhateverTheOrderOfCreation) {
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
      listed.push_back(std::to_string(entry.info.label) + entry.source.file.filename().native());
      EXPECT_EQ(entry.info.dataset, "base");
      EXPECT_EQ(entry.source.media, Media::kImage);
      EXPECT_EQ(entry.source.frame, 0u);  // of the file; the number in the name is the video's
    }
    EXPECT_EQ(listed, (std::vector<std::string>{"0B_001.png", "0a_001.jpg", "0a_002.png", "0a_010.png", "0b_001.png",
                                                "0\xc3\xa4_001.png", "1Z_001.png"}));
  }
}

TEST(PublishedLayout, KeepsTheSplitsApart) {
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

TEST(PublishedLayout, ListsWhateverLiesInTheFolder) {
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

TEST(PublishedLayout, NamesAnEmptyFolderAndAFileInItsPlace) {
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

TEST(PublishedLayout, DatasetsAreSortedWithoutTheAliasAndOddNamesAreRefused) {
  const TemporaryFolder folder;
  for (const char* name : {"augment_deepfake", "both_deepfake", "celeb_deepfake", "not_a_dataset"}) {
    fs::create_directory(folder.path() / name);
  }
  touch(folder.path() / "file_deepfake");
  EXPECT_EQ(find_datasets(folder.path()), (std::vector<std::string>{"augment", "both", "celeb"}));
  fs::create_directory(folder.path() / "base_deepfake");
  EXPECT_EQ(find_datasets(folder.path()), (std::vector<std::string>{"augment", "base", "celeb"}));
  for (const char* odd : {"a b_deepfake", "celeb.v2_deepfake"}) {
    fs::create_directory(folder.path() / odd);
    EXPECT_NE(error_of([&] { find_datasets(folder.path()); }).find("rename the folder"), std::string::npos) << odd;
    fs::remove(folder.path() / odd);
  }
}

}  // namespace
}  // namespace unmask
