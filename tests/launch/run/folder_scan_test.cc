#include "launch/run/folder_scan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class FolderScanTest : public testing::Test {
 protected:
  fs::path make(const std::string& name, const std::string& text = "x") {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::vector<fs::path> paths(const fs::path& left_out = "") const {
    std::vector<fs::path> result;
    for (const FoundFile& file : scan_folder(folder_.path(), left_out).files) result.push_back(file.path);
    return result;
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(FolderScanTest, AllFilesAtAnyDepthSorted) {
  const fs::path b = make("b.mp4"), deep = make("a/z/c.jpg"), odd = make("new\nline \xff.png"), quoted = make("\".jpg");
  make(".hidden");
  make(".git/config");
  EXPECT_EQ(paths(), (std::vector<fs::path>{quoted, deep, b, odd}));
}

TEST_F(FolderScanTest, AFileIsKnownByBytesAndTime) {
  const fs::path path = make("x", "12345");
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  const auto file = found_file(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes, 5);
  EXPECT_EQ(file->modified_ns / 1'000'000'000, info.st_mtim.tv_sec);
  EXPECT_EQ(file->modified_ns % 1'000'000'000, info.st_mtim.tv_nsec);
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::microseconds(3));
  EXPECT_NE(found_file(path), file);
  fs::remove(path);
  EXPECT_FALSE(found_file(path));
}

TEST_F(FolderScanTest, LinksAndWhatIsNoFile) {
  const fs::path file = make("file");
  fs::create_symlink(file, folder_ / "link");
  fs::create_directory_symlink(folder_.path(), folder_ / "circle");
  fs::create_symlink("nothing", folder_ / "broken");
  fs::create_symlink("self", folder_ / "self");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  fs::create_symlink("/dev/zero", folder_ / "zero");
  const FolderScan scan = scan_folder(folder_.path(), "");
  EXPECT_TRUE(scan.faults.empty());
  std::vector<FoundFile> wanted;
  for (const char* name : {"broken", "circle", "fifo"}) wanted.push_back({folder_ / name});
  wanted.push_back(*found_file(file));
  wanted.push_back(wanted.back());
  wanted.back().path = folder_ / "link";
  for (const char* name : {"self", "zero"}) wanted.push_back({folder_ / name});
  EXPECT_EQ(scan.files, wanted);
}

TEST_F(FolderScanTest, AFolderIsLeftOutByWhateverName) {
  make("in/own/x");
  const fs::path other = make("in/x");
  fs::create_directory_symlink(folder_ / "in/own", folder_ / "own");
  EXPECT_EQ(paths(folder_ / "own"), (std::vector<fs::path>{other, folder_ / "own"}));
}

TEST_F(FolderScanTest, WhatCantBeListedIsSaid) {
  const FolderScan gone = scan_folder(folder_ / "gone", "");
  EXPECT_TRUE(gone.files.empty());
  ASSERT_EQ(gone.faults.size(), 1u);
  EXPECT_EQ(gone.faults[0], (folder_ / "gone").native() + ": can't be listed: No such file or directory");
  // A folder of 20 × 250 bytes can be made by its relative path, and has none that can be opened.
  const fs::path file = make("file"), here = fs::current_path();
  fs::current_path(folder_.path());
  const std::string name(250, 'd');
  for (int depth = 0; depth < 20; ++depth) {
    ASSERT_EQ(::mkdir(name.c_str(), 0700), 0);
    ASSERT_EQ(::chdir(name.c_str()), 0);
  }
  fs::current_path(here);
  const FolderScan deep = scan_folder(folder_.path(), "");
  ASSERT_EQ(deep.files.size(), 1u);
  EXPECT_EQ(deep.files[0].path, file);
  ASSERT_EQ(deep.faults.size(), 1u);
  EXPECT_NE(deep.faults[0].find("File name too long"), std::string::npos);
}

}  // namespace
}  // namespace unmask
