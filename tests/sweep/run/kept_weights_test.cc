#include "sweep/run/kept_weights.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// A trial of its own point, unless said otherwise.
SweepTrial trial(int id, TrialState state, const std::string& objective = "", int point = -1) {
  SweepTrial made;
  made.record.id = id;
  made.record.state = state;
  made.record.objective = objective;
  made.record.point = {{"optimizer.max_lr", std::to_string(point < 0 ? id : point) + "e-4"}};
  made.brief.train = {"base"};
  return made;
}

std::vector<int> unneeded(const std::vector<SweepTrial>& trials, int keep_best) {
  std::vector<int> ids = unneeded_weights(trials, keep_best);
  std::ranges::sort(ids);
  return ids;
}

TEST(KeptWeightsTest, TheBestOfEachSetOfDatasetsStay) {
  using enum TrialState;
  std::vector<SweepTrial> trials = {trial(0, kDone, "0.5"), trial(1, kStoppedEarly, "0.75"), trial(2, kDone, "0.625"),
                                    trial(3, kDone, "0.25")};
  EXPECT_EQ(unneeded(trials, 1), (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(unneeded(trials, 3), (std::vector<int>{3}));
  trials[3].brief.train = {"augment"};  // its own set's best
  EXPECT_EQ(unneeded(trials, 1), (std::vector<int>{0, 2}));
}

TEST(KeptWeightsTest, FailedOnesHaveNoneToKeepAndThoseUnderWayKeepTheirs) {
  using enum TrialState;
  EXPECT_EQ(unneeded({trial(0, kFailed), trial(1, kRunning), trial(2, kWaiting), trial(3, kDone, "0.5")}, 1),
            (std::vector<int>{0}));
  EXPECT_EQ(unneeded({trial(0, kFailed), trial(1, kDone, "0.5")}, 5), (std::vector<int>{0})) << "there is room for it";
}

// The first point has the better mean only if its second seed turns out well.
TEST(KeptWeightsTest, APointThatMayChangeKeepsItsOwnBestSeed) {
  using enum TrialState;
  std::vector<SweepTrial> trials = {trial(0, kDone, "0.25", 0), trial(1, kRunning, "", 0), trial(2, kDone, "0.75", 1),
                                    trial(3, kDone, "0.5", 1)};
  EXPECT_EQ(unneeded(trials, 1), (std::vector<int>{3}));
  trials.push_back(trial(4, kDone, "0.125", 0));  // its point's second
  EXPECT_EQ(unneeded(trials, 1), (std::vector<int>{3, 4}));
  trials.pop_back();
  for (SweepTrial& one : trials) one.record.retriable = true;  // as after a failure that was made good
  trials[1] = trial(1, kFailed, "", 0);
  EXPECT_EQ(unneeded(trials, 1), (std::vector<int>{0, 1, 3})) << "failed for good";
  trials[1].record.retriable = true;
  EXPECT_EQ(unneeded(trials, 1), (std::vector<int>{1, 3})) << "the next start tries again";
}

}  // namespace
}  // namespace unmask
