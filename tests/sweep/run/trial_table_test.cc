#include "sweep/run/trial_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "sweep/plan/tpe.h"
#include "sweep/run/status_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/sweep/small_sweep.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test_support::lease_result;
using test_support::small_sweep;

class TrialTableTest : public testing::Test {
 protected:
  TrialTable open(TrialTableOptions options) {
    options.note = [this](const std::string& text) { notes_ += text + "\n"; };
    return TrialTable(options, folder_, ledger_);
  }
  TrialRecord in_ledger(int id) const { return ledger_.trials().at(static_cast<std::size_t>(id)); }
  void leave(const fs::path& file) const {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x";
  }
  void leave_checkpoint(int trial, int step) const {
    leave(folder_.trial(trial) / "checkpoints" / ("step-" + std::to_string(step) + ".safetensors"));
  }
  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
  Ledger ledger_{folder_};
  std::string notes_;
};

TEST_F(TrialTableTest, AnOrderIsInTheLedgerBeforeAnyoneActsOnIt) {
  TrialTable trials = open(small_sweep(2));
  EXPECT_EQ(ledger_.trials().size(), 2u);
  const LeaseOrder order = trials.start_training(1, {0, 2}, "avx2");
  EXPECT_EQ(order.trial, 1);
  EXPECT_EQ(order.attempt, 1);
  EXPECT_EQ(order.members, (std::vector<int>{0, 2}));
  EXPECT_EQ(order.until_step, std::nullopt) << "no rungs: to the end";
  EXPECT_FALSE(order.score_test);
  EXPECT_EQ(order.config, "# trial 1\n");
  EXPECT_EQ(in_ledger(1), trials.trial(1).record);
  EXPECT_EQ(in_ledger(1).state, TrialState::kRunning);
  EXPECT_EQ(in_ledger(1).starts, 1);
  EXPECT_EQ(in_ledger(1).numerics, std::vector<std::string>{"avx2"});
  EXPECT_EQ(in_ledger(0).state, TrialState::kWaiting);
  EXPECT_EQ(notes_, "trial 0001 starts, on 2 ranks\n");
}

TEST_F(TrialTableTest, ALaterAttemptGoesOnFromTheCheckpoint) {
  TrialTable trials = open(small_sweep(1, 2));
  trials.start_training(0, {0}, "avx2");
  trials.keep_result(0, lease_result(LeaseEnd::kInterrupted, 1, 0.5), false);
  EXPECT_TRUE(trials.needs_ranks(trials.trial(0)));
  leave_checkpoint(0, 4);
  EXPECT_EQ(trials.start_training(0, {0}, "avx2").attempt, 2);
  EXPECT_EQ(in_ledger(0).start_step, 4);
  EXPECT_NE(notes_.find("trial 0000 goes on from step 4, on 1 rank\n"), std::string::npos) << notes_;
}

TEST_F(TrialTableTest, AClassOfRanksIsNamedOnce) {
  TrialTable trials = open(small_sweep(1, 2));
  for (const char* numerics : {"avx2", "neon", "avx2"}) trials.start_training(0, {0}, numerics);
  EXPECT_EQ(in_ledger(0).numerics, (std::vector<std::string>{"avx2", "neon"}));
}

TEST_F(TrialTableTest, ATrialIsJudgedOnTheDatasetsThatItTrainedOn) {
  TrialTableOptions options = small_sweep(2);
  const auto brief = options.brief;
  options.brief = [&](const PlannedTrial& trial) {
    TrialBrief made = brief(trial);
    made.train = {trial.id == 0 ? "base" : "augment"};
    return made;
  };
  TrialTable trials = open(options);
  for (const int id : {0, 1}) {
    trials.start_training(id, {0}, "avx2");
    LeaseResult result = lease_result(LeaseEnd::kTrialDone, 1, 0.25);
    result.history[0].val.push_back({"augment", 0.6, 0.5, 0.5, 0.5, 0.75});
    trials.keep_result(id, result, false);
  }
  EXPECT_EQ(in_ledger(0).objective, "0.25");
  EXPECT_EQ(in_ledger(1).objective, "0.75");
}

// One that failed before it was done in the end is as much over as the others.
TEST_F(TrialTableTest, WeightsOfATrialThatFailedOnTheWayArePrunedLikeOthers) {
  TrialTableOptions options = small_sweep(2);
  options.sweep.keep_best = 1;
  TrialTable trials = open(options);
  trials.start_training(0, {0}, "avx2");
  trials.keep_failure(0, {.cause = Cause::kMemory, .text = "out of memory"});
  for (const int id : {0, 1}) {
    trials.start_training(id, {0}, "avx2");
    leave(folder_.best_model(id));
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, id == 0 ? 0.5 : 0.75), false);
  }
  trials.settle();
  EXPECT_FALSE(fs::exists(folder_.best_model(0)));
  EXPECT_TRUE(fs::exists(folder_.best_model(1)));
}

TEST_F(TrialTableTest, AResultIsKeptAndItsCheckpointsGo) {
  TrialTable trials = open(small_sweep(1, 2));
  trials.start_training(0, {0}, "avx2");
  leave_checkpoint(0, 4);
  LeaseResult result = lease_result(LeaseEnd::kTrialDone, 2, 0.75);
  result.best = 1;
  result.numerics = {"avx2", "neon"};
  trials.keep_result(0, result, /*stopping=*/true);
  const TrialRecord record = in_ledger(0);
  EXPECT_EQ(record.state, TrialState::kDone) << "a stop changes nothing of what is done";
  EXPECT_EQ(record.objective, "0.75");
  EXPECT_EQ(record.best_epoch, 2);
  EXPECT_EQ(record.step, 8);
  EXPECT_EQ(record.history, result.history);
  EXPECT_EQ(record.numerics, result.numerics);
  EXPECT_EQ(folder_.newest_checkpoint_step(0), 0);
  EXPECT_TRUE(trials.all_over());
  EXPECT_FALSE(trials.was_over());
  trials.write_results();
  EXPECT_NE(read_text_file(folder_.results(), 1 << 20).find("\n0,done,,1e-4,"), std::string::npos);
  EXPECT_TRUE(open(small_sweep(1, 2)).was_over());
  EXPECT_NE(notes_.find("the trial is done already\n"), std::string::npos) << notes_;
}

TEST_F(TrialTableTest, CheckpointsStayUntilTheLedgerHasTheResult) {
  TrialTable trials = open(small_sweep(2, 2));
  trials.start_training(0, {0}, "avx2");
  leave_checkpoint(0, 4);
  leave_checkpoint(1, 4);
  const Ledger::Batch batch(ledger_);
  trials.keep_result(0, lease_result(LeaseEnd::kTrialDone, 2, 0.75), false);
  EXPECT_EQ(in_ledger(0).state, TrialState::kRunning);
  EXPECT_EQ(folder_.newest_checkpoint_step(0), 4);
  ledger_.commit();
  EXPECT_EQ(in_ledger(0).state, TrialState::kDone);
  EXPECT_EQ(folder_.newest_checkpoint_step(0), 0);
  EXPECT_EQ(folder_.newest_checkpoint_step(1), 4);
}

TEST_F(TrialTableTest, ResultsGrowAsTrialsEnd) {
  TrialTable trials = open(small_sweep(3));
  trials.grow_results();
  EXPECT_FALSE(fs::exists(folder_.results()));
  for (const int id : {2, 0}) {
    trials.start_training(id, {0}, "avx2");
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, 0.5), false);
  }
  trials.grow_results();
  const std::string two = read_text_file(folder_.results(), 1 << 20);
  EXPECT_EQ(std::ranges::count(two, '\n'), 3) << two;
  EXPECT_NE(two.find("\n0,done,"), std::string::npos) << two;
  EXPECT_NE(two.find("\n2,done,"), std::string::npos) << two;
  trials.start_training(1, {0}, "avx2");
  trials.keep_result(1, lease_result(LeaseEnd::kTrialDone, 1, 0.5), false);
  trials.grow_results();
  const std::string grown = read_text_file(folder_.results(), 1 << 20);
  trials.write_results();
  EXPECT_EQ(grown, read_text_file(folder_.results(), 1 << 20)) << "with all trials over it is the final one";
}

TEST_F(TrialTableTest, WhatWasRunningOrPausedWaitsAtTheNextStart) {
  {
    TrialTable trials = open(small_sweep(3, 2));
    trials.start_training(0, {0}, "avx2");  // killed in it
    trials.start_training(1, {1}, "avx2");
    trials.keep_result(1, lease_result(LeaseEnd::kInterrupted, 1, 0.5), /*stopping=*/true);
    EXPECT_EQ(in_ledger(1).state, TrialState::kPaused);
    EXPECT_FALSE(trials.needs_ranks(trials.trial(1)));
  }
  const TrialTable trials = open(small_sweep(3, 2));
  for (const SweepTrial& trial : trials.trials()) EXPECT_TRUE(trials.needs_ranks(trial)) << trial.record.id;
  EXPECT_EQ(in_ledger(0).idle_starts, 1) << "it left no trace";
  EXPECT_EQ(in_ledger(1).history.size(), 1u);
}

TEST_F(TrialTableTest, StatusTellsOfProgressThatNoCheckpointHas) {
  open(small_sweep(1, 2)).start_training(0, {0}, "avx2");
  RunStatus status;
  status.groups = {{0, {0}, 3, 8, 1, 2, 0, -1}};
  ASSERT_TRUE(write_status(folder_, status));
  open(small_sweep(1, 2)).start_training(0, {0}, "avx2");
  EXPECT_EQ(in_ledger(0).stepless_starts, 0);
  EXPECT_EQ(in_ledger(0).step, 3);
  open(small_sweep(1, 2));  // killed before it told of anything
  EXPECT_EQ(in_ledger(0).stepless_starts, 1) << "those were the steps of the start before";
}

TEST_F(TrialTableTest, KillsForLackOfMemoryFailATrialAsRefusedMemoryDoes) {
  std::int64_t kills = 5;
  TrialTableOptions options = small_sweep(2);
  options.memory_kills = [&] { return kills; };
  for (int start = 0; start < 3; ++start) {
    open(options).start_training(0, {0}, "avx2");
    EXPECT_EQ(in_ledger(0).memory_kills, kills++);
  }
  const TrialTable trials = open(options);
  EXPECT_EQ(trials.trial(0).record.state, TrialState::kFailed);
  EXPECT_EQ(trials.trial(1).record.state, TrialState::kWaiting) << "it was not under way";
}

TEST_F(TrialTableTest, AfterAStartWithoutACheckpointTheNextOneWritesThemSooner) {
  EXPECT_EQ(open(small_sweep(1, 2)).start_training(0, {0}, "avx2").checkpoint_share, 1);
  EXPECT_EQ(open(small_sweep(1, 2)).start_training(0, {0}, "avx2").checkpoint_share, 0.5);
  leave_checkpoint(0, 4);
  EXPECT_EQ(open(small_sweep(1, 2)).start_training(0, {0}, "avx2").checkpoint_share, 1);
}

TEST_F(TrialTableTest, FailuresAreTriedAgainUpToTheirNumber) {
  TrialTableOptions options = small_sweep(1);
  options.max_attempts = 2;
  TrialTable trials = open(options);
  const Fault memory{.cause = Cause::kMemory, .text = "out of memory"};
  trials.start_training(0, {0}, "avx2");
  trials.keep_failure(0, memory);
  EXPECT_EQ(in_ledger(0).state, TrialState::kWaiting);
  trials.start_training(0, {0}, "avx2");
  trials.keep_failure(0, memory);
  EXPECT_EQ(in_ledger(0).state, TrialState::kFailed);
  EXPECT_EQ(in_ledger(0).reason, "out of memory");
  EXPECT_EQ(trials.failed(), 1);
  EXPECT_EQ(trials.last_fault(), ErrorKind::kFailed);
  EXPECT_NE(notes_.find("trial 0000 will be tried again after: out of memory\n"), std::string::npos) << notes_;
  EXPECT_NE(notes_.find("trial 0000 failed: out of memory\n"), std::string::npos) << notes_;
}

TEST_F(TrialTableTest, AFullDiskIsNoTrialsFault) {
  TrialTable trials = open(small_sweep(1));
  trials.start_training(0, {0}, "avx2");
  try {
    trials.keep_failure(0, {.cause = Cause::kDiskFull, .text = "a.tmp: no space"});
    FAIL() << "every trial would meet it";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault().cause, Cause::kDiskFull);
    EXPECT_NE(std::string(error.what()).find("trial 0000: a.tmp: no space; "), std::string::npos) << error.what();
  }
  EXPECT_EQ(in_ledger(0).state, TrialState::kWaiting);
  EXPECT_EQ(in_ledger(0).failures, 0);
}

TEST_F(TrialTableTest, ATrialWithoutAConfigFailsAndIsTriedAtTheNextStart) {
  TrialTableOptions broken = small_sweep(2);
  const auto brief = broken.brief;
  broken.brief = [brief](const PlannedTrial& trial) {
    if (trial.id == 1) throw Error(ErrorKind::kData, "init.safetensors: is missing");
    return brief(trial);
  };
  {
    const TrialTable trials = open(broken);
    EXPECT_EQ(in_ledger(1).state, TrialState::kFailed);
    EXPECT_EQ(in_ledger(1).reason, "init.safetensors: is missing");
    EXPECT_FALSE(trials.all_over());
  }
  const TrialTable trials = open(small_sweep(2));
  EXPECT_TRUE(trials.needs_ranks(trials.trial(1)));
}

TEST_F(TrialTableTest, ATrialOfAnotherConfigIsRefused) {
  open(small_sweep(1)).start_training(0, {0}, "avx2");
  for (const char* digest : {"another", "!"}) {  // behind "0", and before it
    TrialTableOptions other = small_sweep(1);
    other.brief = [&](const PlannedTrial&) {
      TrialBrief brief;
      brief.config_digest = digest;
      return brief;
    };
    try {
      open(other);
      FAIL() << "a foreign record was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_NE(std::string(error.what()).find("trial 0000 belongs to another config"), std::string::npos)
          << error.what();
    }
  }
}

TEST_F(TrialTableTest, ASweepThatShrinksIsRefusedAndOneThatGrowsGoesOn) {
  open(small_sweep(3));
  EXPECT_EQ(open(small_sweep(5)).trials().size(), 5u);
  EXPECT_NE(notes_.find("adds 2 trials to the 3 that are there\n"), std::string::npos) << notes_;
  try {
    open(small_sweep(2));
    FAIL() << "trials were dropped";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(
        std::string(error.what()).find(folder_.root().string() + ": the sweep that it holds can't become this one:"),
        0u)
        << error.what();
  }
}

TEST_F(TrialTableTest, ALeaseEndsAtTheRungThatStopsTheWorseTrial) {
  TrialTableOptions options = small_sweep(2, 4);
  options.sweep.stop = StoppingRule::kHalving;
  options.sweep.rungs = 1;  // after 2 of 4 epochs
  TrialTable trials = open(options);
  EXPECT_EQ(trials.start_training(0, {0}, "avx2").until_step, 2 * test_support::kStepsPerEpoch);
  trials.keep_result(0, lease_result(LeaseEnd::kLeaseOver, 2, 0.5), false);
  trials.settle();
  EXPECT_FALSE(trials.needs_ranks(trials.trial(0))) << "it waits for the other";
  EXPECT_EQ(trials.holding_up(), std::vector<int>{1});
  leave_checkpoint(0, 8);
  trials.start_training(1, {0}, "avx2");
  trials.keep_result(1, lease_result(LeaseEnd::kLeaseOver, 2, 0.75), false);
  trials.settle();
  EXPECT_EQ(in_ledger(0).state, TrialState::kStoppedEarly);
  EXPECT_EQ(folder_.newest_checkpoint_step(0), 0);
  EXPECT_TRUE(trials.needs_ranks(trials.trial(1)));
  EXPECT_EQ(trials.start_training(1, {0}, "avx2").until_step, std::nullopt);
}

/// What a trial measures after each epoch, whenever it runs.
struct Life {
  std::vector<double> auc;
  int diverges_after = -1;  // epochs
  int breaks_after = -1;    // out of memory there, once
};

/// A sweep whose trials get their leases in any order.
class Cohort {
 public:
  Cohort(StoppingRule rule, std::vector<Life> lives) : lives_(std::move(lives)) {
    TrialTableOptions options = small_sweep(static_cast<int>(lives_.size()));
    options.sweep.stop = rule;
    options.brief = [this, brief = options.brief](const PlannedTrial& planned) {
      TrialBrief made = brief(planned);
      made.epochs = static_cast<int>(life(planned.id).auc.size());
      return made;
    };
    trials_.emplace(options, folder_, ledger_);
    trials_->settle();
  }

  std::vector<int> movable() const {
    std::vector<int> ids;
    for (const SweepTrial& trial : trials_->trials()) {
      if (trials_->needs_ranks(trial)) ids.push_back(trial.record.id);
    }
    return ids;
  }
  void move(int id) {
    Life& mine = life(id);
    const auto until = trials_->start_training(id, {0}, "avx2").until_step;
    const int from = reached_[id], epochs = static_cast<int>(mine.auc.size());
    const int to = until ? static_cast<int>(*until / test_support::kStepsPerEpoch) : epochs;
    const auto meets = [&](int epoch) { return epoch >= from && epoch < to; };
    if (meets(mine.breaks_after)) {
      mine.breaks_after = -1;
      trials_->keep_failure(id, {.cause = Cause::kMemory, .text = "out of memory"});
    } else if (meets(mine.diverges_after)) {
      trials_->keep_failure(id, {.cause = Cause::kDivergence, .text = "it diverged"});
    } else {
      LeaseResult result = lease_result(to == epochs ? LeaseEnd::kTrialDone : LeaseEnd::kLeaseOver, to, 0);
      for (int epoch = 0; epoch < to; ++epoch) {
        const double auc = mine.auc[static_cast<std::size_t>(epoch)];
        result.history[static_cast<std::size_t>(epoch)].val[0].video_auc = auc;
        if (auc > mine.auc[*result.best]) result.best = static_cast<std::size_t>(epoch);
      }
      reached_[id] = to;
      trials_->keep_result(id, result, false);
    }
    trials_->settle();
  }
  /// All that a user sees, and every rung.
  std::string outcome() const {
    trials_->write_results();
    std::string text = read_text_file(folder_.results(), 1 << 20);
    for (const SweepTrial& trial : trials_->trials()) {
      for (const PassedRung& rung : trial.record.rungs)
        text += trial_name(trial.record.id) + (rung.goes_on ? " + " : " - ") + rung.reason + "\n";
    }
    return text;
  }

 private:
  Life& life(int id) { return lives_.at(static_cast<std::size_t>(id)); }
  std::vector<Life> lives_;
  test_support::TemporaryFolder temporary_{test_support::TemporaryFolder::in_memory()};
  RunFolder folder_{temporary_.path()};
  Ledger ledger_{folder_};
  std::optional<TrialTable> trials_;
  std::map<int, int> reached_;
};

/// Plays every order in which ranks can be given to trials, and returns how many there are.
int expect_one_outcome(StoppingRule rule, const std::vector<Life>& lives, const std::string& holds) {
  std::vector<std::size_t> choices;  // place among those that could move; beyond its end: the first
  std::string wanted;
  for (int orders = 0;; ++orders) {
    Cohort cohort(rule, lives);
    std::vector<std::size_t> sizes;
    std::string order;
    for (auto ids = cohort.movable(); !ids.empty(); ids = cohort.movable()) {
      if (choices.size() == sizes.size()) choices.push_back(0);
      const int id = ids.at(choices[sizes.size()]);
      sizes.push_back(ids.size());
      order += std::to_string(id);
      cohort.move(id);
    }
    const std::string outcome = cohort.outcome();
    if (orders == 0) wanted = outcome;
    EXPECT_EQ(outcome, wanted) << order;
    EXPECT_NE(outcome.find(holds), std::string::npos) << outcome;
    while (!choices.empty() && choices.back() + 1 == sizes[choices.size() - 1]) choices.pop_back();
    if (choices.empty() || testing::Test::HasFailure()) return orders + 1;
    ++choices.back();
  }
}

// Trial 0 has one rung where the others have two, and diverges after it: before the others' second rung, or after.
TEST(TrialTableOrderTest, AFailureAfterTheLastRungTakesNoValueAway) {
  const Life late{.auc = {0.5, 0.5}, .diverges_after = 1};
  EXPECT_GT(expect_one_outcome(StoppingRule::kMedian, {late, {{0.4, 0.42, 0.5}}, {{0.4, 0.6, 0.6}}},
                               "0001 - stopped at rung 2 (epoch 2): 0.42 is below the median 0.5 of 3 trials"),
            24);
  EXPECT_GT(expect_one_outcome(StoppingRule::kHalving, {late, {{0.4, 0.45, 0.5}}, {{0.3, 0.6, 0.6}}},
                               "0001 - stopped at rung 2 (epoch 2): 0.45 is number 2 of 2 trials, 1 go on"),
            10);
}

TEST(TrialTableOrderTest, NorDoesOneBetweenRungsOrOneThatIsTriedAgain) {
  const Life between{.auc = {0.5, 0.6, 0.7}, .diverges_after = 1}, early{.auc = {0.5, 0.5}, .diverges_after = 0},
      broken{.auc = {0.45, 0.46}, .breaks_after = 1};
  EXPECT_GT(expect_one_outcome(StoppingRule::kMedian, {between, {{0.5, 0.52, 0.6}}, broken}, "fewer than 3 values"), 5);
  EXPECT_GT(expect_one_outcome(StoppingRule::kHalving, {early, {{0.4, 0.41, 0.42}}, broken},
                               "0001 + goes on at rung 2 (epoch 2): 0.41 is number 2 of 3 trials, 2 go on"),
            5);
}

TEST_F(TrialTableTest, OnlyTheBestWeightsStay) {
  TrialTableOptions options = small_sweep(3);
  options.sweep.keep_best = 1;
  TrialTable trials = open(options);
  for (const int id : {0, 1, 2}) {
    leave(folder_.best_model(id));
    trials.start_training(id, {0}, "avx2");
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, id == 1 ? 0.75 : 0.5), false);
  }
  trials.settle();
  EXPECT_FALSE(fs::exists(folder_.best_model(0)));
  EXPECT_TRUE(fs::exists(folder_.best_model(1)));
  EXPECT_FALSE(fs::exists(folder_.best_model(2)));
}

// Two points of two seeds. The first point's best seed is the one to choose, although the other point was whole first.
TEST_F(TrialTableTest, TheWeightsOfASeedStayUntilItsPointIsWhole) {
  TrialTableOptions options = small_sweep(2);
  options.sweep.repeats = 2;
  options.sweep.keep_best = 1;
  TrialTable trials = open(options);
  const auto finish = [&](int id, double auc) {
    leave(folder_.best_model(id));
    trials.start_training(id, {0}, "avx2");
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, auc), false);
    trials.settle();
  };
  finish(0, 0.9);
  finish(2, 0.8);
  finish(3, 0.7);
  EXPECT_TRUE(fs::exists(folder_.best_model(0)));
  EXPECT_TRUE(fs::exists(folder_.best_model(2)));
  EXPECT_FALSE(fs::exists(folder_.best_model(3)));
  finish(1, 0.7);
  EXPECT_EQ(trials.unscored_choice(), 0);
  EXPECT_TRUE(fs::exists(folder_.best_model(0)));
  for (const int id : {1, 2, 3}) EXPECT_FALSE(fs::exists(folder_.best_model(id))) << id;
}

TEST_F(TrialTableTest, TheChosenTrialIsScoredOnTestOnce) {
  TrialTable trials = open(small_sweep(2));
  EXPECT_EQ(trials.unscored_choice(), std::nullopt);
  for (const int id : {0, 1}) {
    trials.start_training(id, {0}, "avx2");
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, id == 1 ? 0.75 : 0.5), false);
  }
  ASSERT_EQ(trials.unscored_choice(), 1);
  const LeaseOrder order = trials.start_scoring(1, {0, 1});
  EXPECT_TRUE(order.score_test);
  EXPECT_EQ(order.trial, 1);
  EXPECT_EQ(order.config, "# trial 1\n");
  EXPECT_EQ(in_ledger(1).state, TrialState::kDone) << "scoring is no attempt";
  EXPECT_EQ(in_ledger(1).starts, 1);
  EXPECT_NE(notes_.find("trial 0001 was chosen: scoring it on data.test\n"), std::string::npos) << notes_;
  trials.keep_test(1, {{"held", 0.6, 0.5, 0.5, 0.5, 0.75}});
  EXPECT_EQ(in_ledger(1).test.size(), 1u);
  EXPECT_EQ(trials.unscored_choice(), std::nullopt);
}

TEST_F(TrialTableTest, TheNextCohortOfTpeIsDrawnOnceTheFirstIsOver) {
  TrialTableOptions options = small_sweep(4);
  options.sweep.sampler = Sampler::kTpe;
  options.sweep.trials = 4;
  options.sweep.cohort = 2;
  TrialTable trials = open(options);
  for (const int id : {0, 1}) EXPECT_TRUE(trials.needs_ranks(trials.trial(id)));
  for (const int id : {2, 3}) EXPECT_FALSE(trials.needs_ranks(trials.trial(id))) << "its point is not drawn";
  for (const int id : {0, 1}) {
    trials.settle();
    EXPECT_FALSE(trials.trial(2).record.drawn);
    trials.start_training(id, {0}, "avx2");
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, 0.5), false);
  }
  trials.settle();
  for (const int id : {2, 3}) {
    EXPECT_TRUE(trials.needs_ranks(trials.trial(id)));
    EXPECT_EQ(in_ledger(id).point, trials.trial(id).record.point);
    EXPECT_EQ(in_ledger(id).point.size(), 1u);
    EXPECT_EQ(trials.trial(id).brief.config_digest, std::to_string(id));
  }
}

// With 3 repeats in cohorts of 4 a point's repeats are in two cohorts.
TEST_F(TrialTableTest, TheRepeatsOfAPointOfTpeShareItsValues) {
  TrialTableOptions options = small_sweep(1);
  options.sweep.space[0].kind = SpaceKey::Kind::kUniform;
  options.sweep.space[0].choices.clear();
  options.sweep.space[0].high = 1;
  options.sweep.sampler = Sampler::kTpe;
  options.sweep.trials = 5;
  options.sweep.repeats = 3;
  options.sweep.cohort = 4;
  TrialTable trials = open(options);
  for (int id = 0; id < 15; ++id) {
    trials.settle();
    ASSERT_TRUE(trials.needs_ranks(trials.trial(id))) << id;
    trials.start_training(id, {0}, "avx2");
    trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, 0.1 * ((7 * id) % 10)), false);
  }
  std::map<int, std::set<SpacePoint>> values;
  for (const TrialRecord& record : ledger_.trials()) values[record.point_index].insert(record.point);
  ASSERT_EQ(values.size(), 5u);
  for (const auto& [index, points] : values) EXPECT_EQ(points.size(), 1u) << index;
}

TEST_F(TrialTableTest, TpeLearnsFromPointsMeansNotFromSeeds) {
  TrialTableOptions options = small_sweep(1);
  options.sweep.space[0].kind = SpaceKey::Kind::kUniform;
  options.sweep.space[0].choices.clear();
  options.sweep.space[0].high = 1;
  options.sweep.sampler = Sampler::kTpe;
  options.sweep.trials = 6;
  options.sweep.repeats = 2;
  options.sweep.cohort = 10;
  TrialTable trials = open(options);
  const double aucs[] = {0.9, 0.1, 0.5, 0.6, 0.4, 0.4, 0.3, 0.2, 0.99, 0};
  for (int id = 0; id < 10; ++id) {
    trials.start_training(id, {0}, "avx2");
    if (id == 9) {
      trials.keep_failure(id, {.kind = ErrorKind::kData, .text = "no such store"});
    } else {
      trials.keep_result(id, lease_result(LeaseEnd::kTrialDone, 1, aucs[id]), false);
    }
  }
  trials.settle();
  std::vector<Observation> means, seeds;
  for (int id = 0; id < 10; ++id) {
    const SpacePoint& point = trials.trial(id).record.point;
    seeds.push_back({point, id == 9 ? std::nullopt : std::optional(aucs[id])});
    if (id % 2 == 1) means.push_back({point, id == 9 ? std::nullopt : std::optional((aucs[id - 1] + aucs[id]) / 2)});
  }
  for (const int id : {10, 11}) {
    EXPECT_EQ(trials.trial(id).record.point, tpe_point(options.sweep.space, options.seed, 5, means));
    EXPECT_NE(trials.trial(id).record.point, tpe_point(options.sweep.space, options.seed, 5, seeds));
  }
}

// Whose trials have no folder yet: 1 of 6 is known by its folder alone, which is no whole cohort.
TEST_F(TrialTableTest, ALedgerMadeAnewHasTheTrialsThatNeverStarted) {
  for (const bool tpe : {false, true}) {
    const test_support::TemporaryFolder temporary;
    const RunFolder folder(temporary.path());
    TrialTableOptions options = small_sweep(6, 4);
    options.sweep.cohort = 4;
    options.sweep.sampler = tpe ? Sampler::kTpe : Sampler::kAuto;
    options.sweep.trials = tpe ? 6 : 0;
    options.sweep.stop = tpe ? StoppingRule::kNone : StoppingRule::kHalving;
    std::vector<TrialRecord> before;
    {
      Ledger ledger(folder);
      TrialTable trials(options, folder, ledger);
      for (int id = 0; id < (tpe ? 4 : 1); ++id) {
        trials.start_training(id, {0}, "avx2");
        trials.keep_result(id, lease_result(tpe ? LeaseEnd::kTrialDone : LeaseEnd::kLeaseOver, 2, 0.5), false);
      }
      trials.settle();  // tpe: the second cohort is drawn
      before = ledger.trials();
    }
    fs::remove(folder.ledger());
    Ledger again(folder);
    EXPECT_TRUE(again.rebuilt());
    EXPECT_EQ(again.trials(), before);
    EXPECT_EQ(TrialTable(options, folder, again).trials().size(), 6u);
    EXPECT_EQ(again.trials(), before);
  }
}

}  // namespace
}  // namespace unmask
