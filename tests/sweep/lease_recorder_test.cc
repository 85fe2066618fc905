#include "sweep/lease_recorder.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/sweep/small_sweep.h"

namespace unmask {
namespace {

using test_support::lease_result;

class LeaseRecorderTest : public testing::Test {
 protected:
  const ActiveLease& start(int trial, bool score_test = false) {
    const std::vector<int> members = {2, 3};
    if (!score_test) trials_.start_training(trial, members, "avx2");
    return *leases_.find(leases_.open(trial, members, score_test, 0));
  }
  /// Trial, attempt, ranks, host, from_step, to_step, wall_s and end of the rows of timing.csv.
  std::vector<std::string> rows() const {
    std::vector<std::string> rows;
    std::ifstream in(folder_.timing());
    for (std::string line; std::getline(in, line);) rows.push_back(line.substr(0, line.rfind(',')));
    return rows;
  }
  TrialState state(int trial) const { return trials_.trial(trial).record.state; }

  const LeaseSurroundings where_ = {.host = "node3", .wall_s = 61.5};
  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
  RunLock lock_{folder_, {}};
  Ledger ledger_{folder_};
  TrialTable trials_{test_support::small_sweep(4, 2), folder_, ledger_};
  LeaseTable leases_{2};
  LeaseRecorder recorder_{trials_, folder_, lock_};
};

TEST_F(LeaseRecorderTest, EveryWayToEndHasItsWordAndItsState) {
  ActiveLease asked = start(0);
  asked.ending = true;
  recorder_.record(asked, {1, lease_result(LeaseEnd::kInterrupted, 1, 0.5), {}}, where_);
  EXPECT_EQ(state(0), TrialState::kWaiting);
  recorder_.record(start(1), {2, lease_result(LeaseEnd::kLeaseOver, 1, 0.5), {}}, where_);
  EXPECT_EQ(state(1), TrialState::kWaiting);
  LeaseSurroundings stopping = where_;
  stopping.sweep_stops = true;
  recorder_.record(start(2), {3, lease_result(LeaseEnd::kInterrupted, 1, 0.5), {}}, stopping);
  EXPECT_EQ(state(2), TrialState::kPaused);
  recorder_.record(start(1), {4, lease_result(LeaseEnd::kTrialDone, 2, 0.5), {}}, stopping);
  EXPECT_EQ(state(1), TrialState::kDone) << "also where the sweep stops as it ends";
  EXPECT_EQ(rows(), (std::vector<std::string>{"trial,attempt,ranks,host,from_step,to_step,wall_s,end",
                                              "0,1,2,node3,0,4,61.5,regrouped", "1,1,2,node3,0,4,61.5,rung",
                                              "2,1,2,node3,0,4,61.5,paused", "1,2,2,node3,0,8,61.5,done"}));
}

TEST_F(LeaseRecorderTest, AFailureIsTheTrialsAndToldWithTheLastStepKnown) {
  ActiveLease lease = start(0);
  lease.news.step.step = 3;
  recorder_.record(lease, {1, {}, Fault{.kind = ErrorKind::kData, .text = "no such store"}}, where_);
  EXPECT_EQ(state(0), TrialState::kFailed);
  EXPECT_EQ(trials_.trial(0).record.reason, "no such store");
  EXPECT_EQ(rows().back(), "0,1,2,node3,0,3,61.5,failed");
}

TEST_F(LeaseRecorderTest, ADeathCostsAnAttempt) {
  ActiveLease lease = start(0);
  lease.news.step.step = 3;
  recorder_.record_death(lease, where_);
  EXPECT_EQ(state(0), TrialState::kWaiting);
  EXPECT_EQ(trials_.trial(0).record.failures, 1);
  EXPECT_EQ(rows().back(), "0,1,2,node3,0,3,61.5,rank died");
}

TEST_F(LeaseRecorderTest, ScoresOnTestAreKeptAndAFaultThereLeavesTheChoiceToTheNextStart) {
  recorder_.record(start(0), {1, lease_result(LeaseEnd::kTrialDone, 2, 0.5), {}}, where_);
  const ActiveLease& scoring = start(0, /*score_test=*/true);
  EXPECT_EQ(trials_.unscored_choice(), 0);
  recorder_.record(scoring, {2, {}, Fault{.kind = ErrorKind::kData, .text = "test.crops is damaged"}}, where_);
  EXPECT_EQ(trials_.unscored_choice(), std::nullopt);
  ASSERT_EQ(trials_.test_failures().size(), 1u);
  EXPECT_EQ(trials_.test_failures().at(0).text, "test.crops is damaged");
  EXPECT_EQ(trials_.failed(), 0);
  EXPECT_EQ((TrialTable{test_support::small_sweep(4, 2), folder_, ledger_}.unscored_choice()), 0);
  const Fault full{.cause = Cause::kDiskFull, .text = "no room"};
  EXPECT_THROW(recorder_.record(scoring, {2, {}, full}, where_), Error);
  recorder_.record_death(scoring, where_);
  EXPECT_EQ(state(0), TrialState::kDone) << "its training stands";
  LeaseResult scored;
  scored.test = {{"held", 0.6, 0.5, 0.5, 0.5, 0.75}};
  recorder_.record(scoring, {2, scored, {}}, where_);
  EXPECT_EQ(trials_.trial(0).record.test, scored.test);
  EXPECT_EQ(rows().size(), 3u) << "scoring has no row of its own";
}

TEST_F(LeaseRecorderTest, AFullDiskEndsTheSweepAndCountsAgainstNoTrial) {
  const Fault full{.cause = Cause::kDiskFull, .text = "a.tmp: write: No space left on device"};
  EXPECT_THROW(recorder_.record(start(0), {1, {}, full}, where_), Error);
  EXPECT_EQ(state(0), TrialState::kWaiting);
  EXPECT_EQ(trials_.trial(0).record.failures, 0);
}

TEST_F(LeaseRecorderTest, NothingIsWrittenOnceAnotherHasTakenOver) {
  const ActiveLease& lease = start(0);
  std::ofstream(folder_.lock_holder())
      << R"({"host":"b","boot_id":"y","pid":8,"slurm_job":"","token":"t","counter":0})";
  const std::string before = read_text_file(folder_.trial_record(0), 1 << 20);
  EXPECT_THROW(recorder_.record(lease, {1, lease_result(LeaseEnd::kTrialDone, 2, 0.5), {}}, where_), Error);
  EXPECT_THROW(recorder_.record_death(lease, where_), Error);
  EXPECT_EQ(read_text_file(folder_.trial_record(0), 1 << 20), before);
  EXPECT_FALSE(std::filesystem::exists(folder_.timing()));
}

}  // namespace
}  // namespace unmask
