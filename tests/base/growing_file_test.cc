#include "base/growing_file.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

std::string text_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(GrowingFileTest, GrowsFromWhereItWas) {
  const test_support::TemporaryFolder folder;
  const fs::path path = folder / "lines";
  for (const char* line : {"one\n", "two\n"}) {
    GrowingFile file(path);
    file.append(line);
    file.append("");
    EXPECT_EQ(file.size(), fs::file_size(path));
  }
  EXPECT_EQ(text_in(path), "one\ntwo\n");
}

TEST(GrowingFileTest, HalfALineIsCutOff) {
  const test_support::TemporaryFolder folder;
  const fs::path path = folder / "lines";
  // Also where a piece that is read from the end begins and ends with a line's end, or has none.
  for (const std::size_t length : {1u, 4095u, 4096u, 4097u, 20000u}) {
    for (const std::string& whole : {std::string(), std::string("one\n"), std::string(5000, 'x') + "\n"}) {
      std::ofstream(path, std::ios::binary) << whole << std::string(length, 'y');
      EXPECT_EQ(GrowingFile(path).size(), whole.size()) << length;
      EXPECT_EQ(text_in(path), whole);
    }
  }
}

TEST(GrowingFileTest, WhatIsNoFileIsRefused) {
  const test_support::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  fs::create_symlink(folder / "other", folder / "link");
  for (const fs::path& path : {folder / "fifo", folder / "link", folder.path(), folder / "no/such"})
    EXPECT_THROW(GrowingFile{path}, Error) << path;
  EXPECT_FALSE(fs::exists(folder / "other"));
}

TEST(GrowingFileTest, AFullDiskIsSaid) {
  try {
    GrowingFile("/dev/full").append("x");
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/dev/full"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace unmask
