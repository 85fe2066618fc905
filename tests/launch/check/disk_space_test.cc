#include "launch/check/disk_space.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

TEST(DiskSpaceTest, BytesAreShownInTheUnitThatFits) {
  EXPECT_EQ(bytes_text(12), "12 B");
  EXPECT_EQ(bytes_text(999.96), "1.0 kB");
  EXPECT_EQ(bytes_text(1.3e9), "1.3 GB");
  EXPECT_EQ(bytes_text(4e18), "4000.0 PB");
}

TEST(DiskSpaceTest, ARunThatIsNotThereYetWouldLiveInTheFolderAbove) {
  const test_support::TemporaryFolder folder;
  fs::create_directory(folder / "runs");
  EXPECT_EQ(existing_folder((folder / "runs").string()), folder / "runs");
  EXPECT_EQ(existing_folder((folder / "runs/a/b").string()), folder / "runs");
  EXPECT_EQ(existing_folder((folder / "runs/a/../b").string()), folder / "runs");
  EXPECT_EQ(existing_folder("/nowhere/at/all"), "/");
  EXPECT_EQ(existing_folder("nowhere"), fs::current_path());
  EXPECT_EQ(existing_folder(""), fs::current_path());
}

}  // namespace
}  // namespace unmask
