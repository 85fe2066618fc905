#include "model/train/trainer.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/error.h"
#include "dist/loopback_communicator.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// A trial of six steps over small stores, of which every test has done two.
class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    make_stores(12);
    options_.data.stores = (folder_ / "stores").string();
    options_.data.train = options_.data.val = {"base"};
    options_.model.init = "random";
    options_.train.epochs = 2;
    options_.train.global_batch_size = 12;
    options_.train.microbatch_size = 4;
    options_.train.precision = TrainPrecision::kFp32;
    options_.runtime.device = Device::kCpu;
    ASSERT_EQ(lease("train.epochs = 2\n", 2).step, 2);
  }
  void make_stores(int val_crops) {
    const std::string command = std::string(UNMASK_MAKE_TINY_STORES) + " " + (folder_ / "stores").string() + " 32 36 " +
                                std::to_string(val_crops);
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  LeaseResult lease(const std::string& identity, std::optional<std::int64_t> until) {
    LeaseContext context;
    context.trial_dir = folder_ / "trial";
    context.identity = identity;
    context.until_step = until;
    const auto group = make_loopback_communicator();
    const LeaseResult result = run_lease(options_, *group, context);
    group->close();
    return result;
  }
  std::string refusal(const std::string& identity) {
    try {
      lease(identity, 3);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  test_support::TemporaryFolder folder_;
  TrialOptions options_;
};

TEST_F(TrainerTest, GoesOnWithItsOwnCheckpointWhateverTheRuntimeOptions) {
  options_.runtime.loader_threads = 2;
  options_.runtime.overlap = Overlap::kOn;
  EXPECT_EQ(lease("train.epochs = 2\n", 3).step, 3);
}

TEST_F(TrainerTest, RefusesTheCheckpointOfAnotherIdentity) {
  const std::string text = refusal("train.epochs = 2\ntrain.dummy = 1\n");
  EXPECT_NE(text.find("step-00000002.safetensors: belongs to another experiment"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  wanted train.dummy = 1\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("train.epochs"), std::string::npos) << text;  // only what differs
}

TEST_F(TrainerTest, RefusesACheckpointOfOtherStores) {
  make_stores(18);
  const std::string text = refusal("train.epochs = 2\n");
  EXPECT_NE(text.find("\n  it has stores.val.base = "), std::string::npos) << text;
  EXPECT_EQ(text.find("stores.train"), std::string::npos) << text;
}

TEST_F(TrainerTest, ALeaseWithoutAnIdentityIsRefused) { EXPECT_NE(refusal("").find("identity"), std::string::npos); }

}  // namespace
}  // namespace unmask
