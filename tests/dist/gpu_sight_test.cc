#include "dist/gpu_sight.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

TEST(GpuSightTest, RanksBeyondTheGpusOfAHostBeginAtTheFirstAgain) {
  for (int rank = 0; rank < 4; ++rank) EXPECT_EQ(gpu_of_local_rank(rank, 4), rank);
  EXPECT_EQ(gpu_of_local_rank(6, 4), 2);
  EXPECT_EQ(gpu_of_local_rank(3, 1), 0);
  EXPECT_EQ(gpu_of_local_rank(3, 0), 0) << "none is here: CUDA says why where it is used";
}

TEST(GpuSightTest, TwoRanksOnOneAreRefusedByName) {
  EXPECT_TRUE(number_gpus({"aa", "", "bb", "", "cc"}, 1).empty());
  try {
    number_gpus({"aa", "bb", "", "bb"}, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("ranks 1 and 3 have the same GPU (bb)"), std::string::npos)
        << error.what();
  }
}

TEST(GpuSightTest, AsManyMayShareOneAsAreAllowed) {
  EXPECT_EQ(number_gpus({"aa", "bb", "aa", "", "bb"}, 2), (std::vector<int>{0, 1, 0, 3, 1}));
  EXPECT_THROW(number_gpus({"aa", "bb", "aa", "bb", "aa"}, 2), Error);
}

TEST(GpuSightTest, TheDriverIsNamedBesideTheOneThatIsWanted) {
  EXPECT_EQ(driver_text({.driver = 12040, .wanted = 13000, .release = "550.54.15"}),
            "driver 550.54.15 (CUDA 12.4) was found; wanted is 580 or newer (CUDA 13.0)");
  EXPECT_EQ(driver_text({.driver = 11080, .wanted = 12080}),
            "driver of CUDA 11.8 was found; wanted is 525 or newer (CUDA 12.8)");
  EXPECT_EQ(driver_text({.wanted = 12080, .release = "470.82"}),
            "driver 470.82 was found; wanted is 525 or newer (CUDA 12.8)");
  EXPECT_EQ(driver_text({.wanted = 13000}), "no driver was found; wanted is 580 or newer (CUDA 13.0)");
  EXPECT_EQ(driver_text({.wanted = 14010}), "no driver was found; wanted is one of CUDA 14.1 or newer");
}

TEST(GpuSightTest, ADriverOfAnEarlierMajorVersionIsTooOldANewerOneNever) {
  EXPECT_TRUE(driver_is_too_old({.driver = 12090, .wanted = 13000}));
  EXPECT_FALSE(driver_is_too_old({.driver = 12020, .wanted = 12080}));  // runs all of CUDA 12
  EXPECT_FALSE(driver_is_too_old({.driver = 13010, .wanted = 12080}));
  EXPECT_TRUE(driver_is_too_old({.wanted = 13000, .release = "575.57.08"}));
  EXPECT_FALSE(driver_is_too_old({.wanted = 13000, .release = "580.65.06"}));
  // A compatibility package's libcuda is newer than the kernel's driver, and counts.
  EXPECT_FALSE(driver_is_too_old({.driver = 13000, .wanted = 13000, .release = "535.161.08"}));
  EXPECT_FALSE(driver_is_too_old({.wanted = 13000}));  // none isn't old
}

}  // namespace
}  // namespace unmask
