#include "model/train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "dist/forwarding_communicator.h"
#include "dist/loopback_communicator.h"
#include "tests/model/train/small_trial.h"
#include "tests/model/train/two_leases.h"
#include "tests/support/file_bytes.h"
#include "tests/support/refusal.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

using test_support::bytes_of;

/// Of leases that have nothing to say about bits: no probe.
constexpr char kNumerics[] = "of this test";

/// A trial of six steps over small stores, of which two were done before any test: each has a copy of its own.
class TrainerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    begun_ = new test_support::TemporaryFolder;
    begun_options_ = new TrialOptions(small_trial(*begun_));
    begun_options_->train.bf16_arithmetic = Bf16Arithmetic::kAuto;  // a lease settles it
    const LeaseResult begun = run(*begun_options_, *begun_ / "trial", "train.epochs = 2\n", 2, "");
    ASSERT_EQ(begun.step, 2);
    probed_ = new std::string(begun.numerics.at(0));
  }
  static void TearDownTestSuite() {
    delete begun_;
    delete begun_options_;
    delete probed_;
  }
  void SetUp() override {
    std::filesystem::copy(begun_->path(), folder_.path(), std::filesystem::copy_options::recursive);
    options_ = *begun_options_;
    options_.data.stores = (folder_ / "stores").string();
  }
  void make_stores(int val_crops) { make_tiny_stores(folder_ / "stores", {.px = 32, .train = 36, .val = val_crops}); }
  static LeaseResult run(const TrialOptions& options, const std::filesystem::path& trial, const std::string& identity,
                         std::optional<std::int64_t> until, const std::string& numerics) {
    LeaseContext context;
    context.numerics = numerics;
    context.trial_dir = trial;
    context.identity = identity;
    context.until_step = until;
    const auto group = make_loopback_communicator();
    const LeaseResult result = run_lease(options, *group, context);
    group->close();
    return result;
  }
  LeaseResult lease(const std::string& identity, std::optional<std::int64_t> until,
                    const std::string& numerics = *probed_) {
    return run(options_, folder_ / "trial", identity, until, numerics);
  }
  std::string refusal(const std::string& identity, const std::string& numerics = *probed_) {
    try {
      lease(identity, 3, numerics);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  static test_support::TemporaryFolder* begun_;
  static TrialOptions* begun_options_;
  static std::string* probed_;  // what the first lease found out about its bits
  test_support::TemporaryFolder folder_;
  TrialOptions options_;
};
test_support::TemporaryFolder* TrainerTest::begun_ = nullptr;
TrialOptions* TrainerTest::begun_options_ = nullptr;
std::string* TrainerTest::probed_ = nullptr;

TEST_F(TrainerTest, GoesOnWithItsOwnCheckpointWhateverTheRuntimeOptions) {
  options_.runtime.loader_threads = 2;
  options_.runtime.overlap = Overlap::kOn;
  EXPECT_EQ(lease("train.epochs = 2\n", 3, /*numerics=*/"").step, 3);  // and the probe's bits are the same again
}

/// Opened by a step of the second epoch.
std::promise<void>* second_epoch = nullptr;

TEST_F(TrainerTest, TheNextEpochDoesntWaitForTheDiskOfTheLastOne) {
  std::promise<void> began;
  second_epoch = &began;
  struct Opener : TrainObserver {
    void on_step(const StepNews& news) override {
      if (news.epoch == 2 && std::exchange(waits, false)) second_epoch->set_value();
    }
    bool waits = true;
  } observer;
  fault_hook = [](const char* place) {
    static std::future<void> open = second_epoch->get_future();
    if (std::string(place) != "write metrics" || !open.valid()) return;
    const bool came = open.wait_for(std::chrono::seconds(100)) == std::future_status::ready;
    open = {};
    if (!came) throw std::runtime_error("training waits for metrics.csv");
  };
  LeaseContext context;
  context.trial_dir = folder_ / "trial";
  context.identity = "train.epochs = 2\n";
  context.numerics = *probed_;
  context.observer = &observer;
  const auto group = make_loopback_communicator();
  const LeaseResult result = run_lease(options_, *group, context);
  fault_hook = nullptr;
  group->close();
  EXPECT_EQ(result.end, LeaseEnd::kTrialDone);
  EXPECT_FALSE(observer.waits);
  std::ifstream written(folder_ / "trial" / "metrics.csv");
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>(written), {}}), metrics_csv(result.history, options_.data.val));
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

TEST_F(TrainerTest, WhereOtherBitsAreComputedATrialGoesOnOnlyIfItMay) {
  const std::string identity = "train.epochs = 2\n", text = refusal(identity, "another processor; bits 0123");
  EXPECT_NE(text.find("rank 0 computes other bits (another processor; bits 0123) than the trial began with (torch "),
            std::string::npos)
      << text;
  options_.runtime.numerics = Numerics::kAny;
  const LeaseResult result = lease(identity, 2, "another processor; bits 0123");
  ASSERT_EQ(result.numerics.size(), 2u);
  EXPECT_EQ(result.numerics[1], "another processor; bits 0123");
}

TEST_F(TrainerTest, RanksThatComputeOtherBitsAreNoGroup) {
  for (const Numerics numerics : {Numerics::kSame, Numerics::kAny}) {
    options_.runtime.numerics = numerics;
    run_ranks(2, {}, [&](Communicator& group) {
      LeaseContext context;
      context.trial_dir = folder_ / "fresh";
      context.identity = "trainer_test";
      context.until_step = 0;
      context.numerics = group.rank() == 0 ? "bits 0" : "bits 1";
      const std::string text = test_support::refusal(ErrorKind::kFailed, [&] { run_lease(options_, group, context); });
      EXPECT_NE(text.find("rank 1 computes other bits (bits 1) than rank 0 of its group (bits 0)"), std::string::npos)
          << text;
    });
  }
}

/// Raises the stop flag at the n-th sign of life in a phase, and remembers what came in which order.
struct StoppingObserver : TrainObserver {
  void on_progress(const char* told) override {
    std::string doing = told;  // "scoring base/val 40%"
    doing.resize(std::min(doing.find(' '), doing.size()));
    if (events.empty() || events.back() != doing) events.push_back(doing);
    if (doing == phase && --signs == 0) stop = true;
  }
  void on_checkpoint(const std::filesystem::path& file, std::int64_t, double) override {
    events.push_back(file.filename().string());
  }
  std::string phase;
  int signs = 1;
  std::atomic<bool> stop = false;
  std::vector<std::string> events;
};

class TrainerStopTest : public testing::Test {
 protected:
  void SetUp() override {
    options_ = small_trial(folder_);
    make_tiny_stores(folder_ / "stores", {.px = 32, .train = 36, .val = 180});  // three batches to score
    options_.data.test = {"augment"};
    options_.train.bf16_arithmetic = Bf16Arithmetic::kAuto;
  }
  LeaseResult lease(const std::string& name, StoppingObserver& observer, Communicator& group) {
    LeaseContext context;
    context.trial_dir = folder_ / name;
    context.identity = "trainer_test";
    context.numerics = kNumerics;
    context.stop = &observer.stop;
    context.observer = &observer;
    return run_lease(options_, group, context);
  }
  LeaseResult lease(const std::string& name, StoppingObserver& observer) {
    return lease(name, observer, *make_loopback_communicator());
  }

  test_support::TemporaryFolder folder_;
  TrialOptions options_;
};

TEST_F(TrainerStopTest, TheStepInWhichTheFlagIsRaisedIsTheLast) {
  StoppingObserver observer;
  observer.phase = "training";
  const LeaseResult result = lease("trial", observer);
  EXPECT_EQ(result.end, LeaseEnd::kInterrupted);
  EXPECT_EQ(result.step, 1);
}

TEST_F(TrainerStopTest, ScoringStopsAfterABatchAndTheNextLeaseScoresTheEpoch) {
  StoppingObserver never;
  EXPECT_EQ(lease("whole", never).end, LeaseEnd::kTrialDone);

  StoppingObserver first;
  first.phase = "scoring";
  first.signs = 2;
  const LeaseResult in_first = lease("trial", first);
  EXPECT_EQ(in_first.end, LeaseEnd::kInterrupted);
  EXPECT_EQ(in_first.step, 3);
  EXPECT_TRUE(in_first.history.empty());
  EXPECT_TRUE(std::ranges::count(first.events, "step-00000003.safetensors") > 0);

  // On two ranks, of which one alone is told, while the last epoch is scored: at the trial's last step.
  std::array<StoppingObserver, 2> second;
  second[1].phase = "scoring";
  second[1].signs = 4;  // two of the first epoch: the train crops, and three batches on two ranks
  run_ranks(2, {.fault = {}, .timeout_s = 200}, [&](Communicator& group) {
    const LeaseResult result = lease("trial", second[static_cast<std::size_t>(group.rank())], group);
    EXPECT_EQ(result.end, LeaseEnd::kInterrupted);
    EXPECT_EQ(result.step, 6);
    EXPECT_EQ(result.history.size(), 1u);
  });

  StoppingObserver in_test;
  in_test.phase = "scoring";
  in_test.signs = 1 + 3 + 1;  // those of the epoch, then the first of data.test
  const LeaseResult third = lease("trial", in_test);
  EXPECT_EQ(third.end, LeaseEnd::kInterrupted);
  EXPECT_EQ(third.step, 6);
  EXPECT_EQ(third.history.size(), 2u);
  EXPECT_TRUE(third.test.empty());

  const LeaseResult done = lease("trial", never);
  EXPECT_EQ(done.end, LeaseEnd::kTrialDone);
  EXPECT_EQ(done.test.size(), 1u);
  for (const char* file : {"best.safetensors", "metrics.csv", "test.csv"})
    EXPECT_TRUE(bytes_of(folder_ / "trial" / file) == bytes_of(folder_ / "whole" / file)) << file;
}

TEST_F(TrainerStopTest, ACheckpointThatWouldFallDueInScoringIsWrittenBefore) {
  options_.runtime.checkpoint_every_s = 0;
  StoppingObserver observer;
  observer.phase = "scoring";
  lease("trial", observer);
  const auto scoring = std::ranges::find(observer.events, "scoring");
  ASSERT_NE(scoring, observer.events.end());
  // The one of the step before may still be being written.
  EXPECT_TRUE(std::ranges::count_if(observer.events.begin(), scoring,
                                    [](const auto& event) { return event.starts_with("step-"); }) > 0);
}

TEST(TrainerByTensorsTest, AWholeTrialHasTheBitsOfTheHostsWayForOneAndTwoRanks) {
  const test_support::TemporaryFolder folder;
  TrialOptions options = small_trial(folder);
  options.seed = 4;
  options.data.test = {"augment"};
  options.train.bf16_arithmetic = Bf16Arithmetic::kAuto;
  train_in_two_leases(options, folder / "host", 1, false);
  for (const int world : {1, 2}) {
    const auto trial = folder / ("tensors" + std::to_string(world));
    train_in_two_leases(options, trial, world, true);
    for (const char* file : {"best.safetensors", "metrics.csv", "test.csv"})
      EXPECT_TRUE(bytes_of(trial / file) == bytes_of(folder / "host" / file)) << file << ", " << world;
  }
}

TEST(TrainerByTensorsTest, LeasesOfTheSameRanksHaveOneCommunicatorForTheirSums) {
  const test_support::TemporaryFolder folder;
  const TrialOptions options = small_trial(folder);
  std::atomic<int> made = 0, sums = 0;
  /// Counts the sums, of a kind that fails on one rank alone.
  struct Counted : ForwardingCommunicator {
    Counted(std::unique_ptr<Communicator> of, std::atomic<int>& count)
        : ForwardingCommunicator(std::move(of)), summed(count) {}
    using ForwardingCommunicator::all_reduce_sum;
    void all_reduce_sum(std::span<std::int64_t> values) override {
      ++summed;
      ForwardingCommunicator::all_reduce_sum(values);
    }
    bool sums_fail_alone() const override { return true; }
    std::atomic<int>& summed;
  };
  std::vector<std::shared_ptr<KeptCommunicator>> kept;
  for (int rank = 0; rank < 2; ++rank) {
    kept.push_back(std::make_shared<KeptCommunicator>([&](Communicator& group) {
      ++made;
      return std::make_unique<Counted>(group.duplicate(), sums);
    }));
  }
  ThreadCommunicatorOptions patient;
  patient.timeout_s = 200;
  for (const std::int64_t until : {1, 2}) {
    const int before = sums;
    run_ranks(2, patient, [&](Communicator& group) {
      LeaseContext context;
      context.trial_dir = folder / "trial";
      context.identity = "trainer_test";
      context.numerics = kNumerics;
      context.until_step = until;
      context.by_tensors = true;
      context.device_sums = kept[static_cast<std::size_t>(group.rank())];
      EXPECT_EQ(run_lease(options, group, context).step, until);
    });
    EXPECT_GT(sums, before);
  }
  EXPECT_EQ(made, 2) << "one a rank";
}

}  // namespace
}  // namespace unmask
