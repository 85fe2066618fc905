#include "launch/run/input_list.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class InputListTest : public testing::Test {
 protected:
  fs::path make(const std::string& name) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << "x";
    return folder_.path() / name;
  }
  static std::vector<fs::path> listed(const std::vector<std::string>& words, const std::string& text = "") {
    std::istringstream list(text);
    return listed_inputs(words, list);
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(InputListTest, AFolderGivesWhatLiesInItSorted) {
  const fs::path b = make("in/b.mp4"), deep = make("in/a/z/c.jpg"), odd = make("in/new\nline \xff.png");
  make("in/.hidden");
  make("in/.git/config");
  fs::create_directory_symlink(folder_.path() / "in", folder_.path() / "in/a/circle");
  EXPECT_EQ(listed({(folder_.path() / "in").native()}),
            (std::vector<fs::path>{folder_.path() / "in/a/circle", deep, b, odd}));
}

TEST_F(InputListTest, FilesKeepTheirOrderAndAListIsRead) {
  EXPECT_EQ(listed({"b.mp4", "-", "a.mp4"}, "one two.mp4\n\n/three.jpg"),
            (std::vector<fs::path>{"b.mp4", "one two.mp4", "/three.jpg", "a.mp4"}));
}

TEST_F(InputListTest, NothingToJudgeIsRefused) {
  fs::create_directory(folder_.path() / "empty");
  EXPECT_THROW(listed({(folder_.path() / "empty").native()}), Error);
  EXPECT_THROW(listed({"-"}), Error);
}

TEST_F(InputListTest, TravelsAsText) {
  const std::vector<fs::path> files = {"a b", "new\nline", "\xff"};
  EXPECT_EQ(files_from(to_text(files)), files);
  EXPECT_TRUE(files_from("").empty());
}

}  // namespace
}  // namespace unmask
