#include "data/prepare/prepare_estimate.h"

#include <gtest/gtest.h>

#include "tests/data/prepare/video_plan.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

TEST(PrepareEstimateTest, CountsAreExactAndTheRestFollowsFromTimedFrames) {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "b.mp4"}) fs::copy_file(face_file("carphone.mp4"), folder.path() / name);
  write_bytes(folder.path() / "c.mp4", {'t', 'e', 'x', 't'});
  PrepareListing listing = listing_of_files(folder.path(), {"a.mp4", "b.mp4", "c.mp4"});
  listing.options.frames = 10;
  const std::vector<PrepareEstimate> estimates = estimate_work(plan_of_files(listing));
  ASSERT_EQ(estimates.size(), 1u);
  const PrepareEstimate& e = estimates[0];
  EXPECT_EQ(e.dataset, "base");
  EXPECT_EQ(e.videos, 3);
  EXPECT_EQ(e.frames, 20);
  EXPECT_EQ(e.unreadable, 1);
  EXPECT_EQ(e.timed, 6);
  EXPECT_NEAR(e.crops, 20, 7);  // nearly every frame of that clip shows a face to the detector
  EXPECT_NEAR(e.store_bytes, e.crops * 8192 + 20 * 128, 1);  // 48 x 48 x 3 bytes, in pages
  EXPECT_GT(e.core_hours, 0);
  EXPECT_FALSE(fs::exists(folder.path() / "stores"));
}

TEST(PrepareEstimateTest, OfWhatIsDoneNothingIsLeft) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "a.mp4", {'x'});
  PrepareListing listing = listing_of_files(folder.path(), {"a.mp4"});
  listing.datasets[0].done = true;
  const std::vector<PrepareEstimate> estimates = estimate_work(plan_of_files(listing));
  EXPECT_EQ(estimates.at(0).frames, 0);
  EXPECT_EQ(estimates.at(0).core_hours, 0);
}

}  // namespace
}  // namespace unmask
