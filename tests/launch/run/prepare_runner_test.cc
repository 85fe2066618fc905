// On 1 and 2 ranks.
#include "launch/run/prepare_runner.h"

#include <memory>

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/store/crop_store.h"
#include "tests/data/real_faces.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// A tree that all ranks see, made by rank zero.
class PrepareRunnerTest : public testing::Test {
 protected:
  PrepareRunnerTest() : session_(&mpi_runtime()) {
    if (session_.rank() == 0) folder_ = std::make_unique<TemporaryFolder>();
    root_ = session_.on_root([&] { return folder_->path().native(); });
    if (session_.rank() == 0) {
      for (const char* name : {"hopper.jpg", "obama.jpg", "biden.jpg"}) {
        const fs::path frames = fs::path(root_) / "base_deepfake" / "real" / "frames";
        fs::create_directories(frames);
        fs::copy_file(face_file(name), frames / name);
      }
    }
    options_.datasets = root_;
    options_.stores = root_ + "/stores";
    options_.crop_px = 48;
    options_.unit_frames = 1;
    session_.world().barrier();
  }
  ~PrepareRunnerTest() override {
    session_.world().barrier();
    session_.close();
  }

  Session session_;
  std::unique_ptr<TemporaryFolder> folder_;
  std::string root_;
  PrepareOptions options_;
  std::atomic<bool> stop_ = false;
};

TEST_F(PrepareRunnerTest, RanksMakeTheStoreTogether) {
  RankWatch watch(session_, 60);
  PrepareRunner runner(options_, session_, watch, stop_);
  EXPECT_EQ(runner.plan().units.size(), 3u);
  runner.work();
  runner.join();
  if (session_.speaks()) {
    EXPECT_EQ(runner.close().at("base/train").by_status.at("ok"), 3);
  }
  watch.close();
  EXPECT_EQ(CropStore(root_ + "/stores/base/train.crops").size(), 3u);
  RankWatch again_watch(session_, 60);
  PrepareRunner again(options_, session_, again_watch, stop_);
  EXPECT_TRUE(again.plan().units.empty());
  again_watch.close();
}

TEST_F(PrepareRunnerTest, AFaultOfRankZeroIsThrownByAll) {
  options_.names = {"celeb"};
  RankWatch watch(session_, 60);
  try {
    PrepareRunner runner(options_, session_, watch, stop_);
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
  }
  watch.close();
}

TEST_F(PrepareRunnerTest, AStopOfOneRankStopsAll) {
  stop_ = session_.rank() == session_.world().world() - 1;
  RankWatch watch(session_, 60);
  PrepareRunner runner(options_, session_, watch, stop_);
  try {
    runner.work();
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kStopped);
  }
  watch.close();
}

}  // namespace
}  // namespace unmask
