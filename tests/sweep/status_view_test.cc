#include "sweep/status_view.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// 20 steps of 4 microbatches.
SweepTrial trial(int id, TrialState state, const std::string& objective = "") {
  SweepTrial trial;
  trial.record.id = id;
  trial.record.state = state;
  trial.record.objective = objective;
  trial.record.best_epoch = objective.empty() ? 0 : 2;
  trial.record.point = {{"optimizer.max_lr", std::to_string(id) + "e-4"}};
  trial.brief.train = {"base", "augment"};
  trial.brief.epochs = 2;
  trial.brief.steps_per_epoch = 10;
  trial.brief.microbatches = 4;
  return trial;
}

LeaseNews news(int lease, std::int64_t step, double step_s, double images_per_s) {
  LeaseNews news;
  news.lease = lease;
  news.step.step = step;
  news.step.epoch = 1;
  news.step.loss = 0.69314;
  news.step.images_per_s = images_per_s;
  news.step_s = step_s;
  return news;
}

RankRoster three_ranks() {
  RankRoster ranks(3, "avx2", false);
  for (const int rank : {0, 1, 2}) ranks.hear(rank, {0, "avx2", "h1", {}});
  return ranks;
}

TEST(StatusViewTest, GroupsTellHowFarTheirTrialsAre) {
  const std::vector<SweepTrial> trials = {trial(0, TrialState::kRunning), trial(3, TrialState::kRunning),
                                          trial(6, TrialState::kWaiting)};
  LeaseTable leases(2);
  leases.open(0, {0, 1}, false, 0);
  leases.open(3, {2}, false, 0);
  RunStatus status = status_view(trials, leases, three_ranks());
  EXPECT_EQ(status.trials, (std::map<std::string, int>{{"running", 2}, {"waiting", 1}}));
  ASSERT_EQ(status.groups.size(), 2u);
  EXPECT_LT(status.groups[0].eta_s, 0) << "nothing was measured";
  EXPECT_LT(status.eta_s, 0);

  leases.hear(news(1, 5, 0.5, 100), 4, 1);  // 2 microbatches a rank: 0.25 s each
  leases.hear(news(2, 19, 0, 20), 4, 1);
  status = status_view(trials, leases, three_ranks());
  EXPECT_EQ(status.groups[0].trial, 0);
  EXPECT_EQ(status.groups[0].ranks, (std::vector<int>{0, 1}));
  EXPECT_EQ(status.groups[0].step, 5);
  EXPECT_EQ(status.groups[0].steps, 20);
  EXPECT_EQ(status.groups[0].epoch, 1);
  EXPECT_EQ(status.groups[0].epochs, 2);
  EXPECT_EQ(status.groups[0].images_per_s, 100);
  EXPECT_EQ(status.groups[0].eta_s, 7.5);  // 15 steps of 0.5 s
  EXPECT_EQ(status.groups[1].trial, 3);
  EXPECT_LT(status.groups[1].eta_s, 0) << "its own steps were not measured";
  EXPECT_EQ(status.images_per_s, 120);
  // On one rank: 15, 1 and 20 steps of 4 microbatches of 0.25 s, spread over three ranks.
  EXPECT_EQ(status.eta_s, 12);
  EXPECT_EQ(status.ranks.size(), 3u);

  leases.mark_ended(1);
  status = status_view(trials, leases, three_ranks());
  ASSERT_EQ(status.groups.size(), 1u) << "its leader has told how it ended";
  EXPECT_EQ(status.groups[0].trial, 3);
}

TEST(StatusViewTest, OneLongTrialHoldsUpTheEnd) {
  LeaseTable leases(2);
  leases.open(0, {0}, false, 0);
  leases.hear(news(1, 10, 4, 0), 4, 1);
  EXPECT_EQ(status_view({trial(0, TrialState::kRunning)}, leases, three_ranks()).eta_s, 40)
      << "10 steps on its one rank";
}

TEST(StatusViewTest, WhatIsOverOrNotDrawnIsNoWorkThatIsLeft) {
  LeaseTable leases(2);
  leases.open(0, {0}, false, 0);
  leases.hear(news(1, 10, 4, 0), 4, 1);
  SweepTrial undrawn = trial(3, TrialState::kWaiting);
  undrawn.record.drawn = false;
  const RunStatus status = status_view(
      {trial(0, TrialState::kRunning), trial(1, TrialState::kDone), trial(2, TrialState::kStoppedEarly), undrawn},
      leases, three_ranks());
  EXPECT_EQ(status.eta_s, 40);
}

TEST(StatusViewTest, FewerRanksNeedLonger) {
  const std::vector<SweepTrial> trials = {trial(0, TrialState::kRunning), trial(1, TrialState::kWaiting)};
  LeaseTable leases(2);
  leases.open(0, {0}, false, 0);
  leases.hear(news(1, 10, 1, 0), 4, 1);
  RankRoster ranks = three_ranks();
  EXPECT_EQ(status_view(trials, leases, ranks).eta_s, 10);  // (10 + 20) s over three ranks
  ranks.lose(1);
  EXPECT_EQ(status_view(trials, leases, ranks).eta_s, 15);
  ranks.lose(2);
  EXPECT_EQ(status_view(trials, leases, ranks).eta_s, 30);
}

TEST(StatusViewTest, TimeLeftCountsScoring) {
  const std::vector<SweepTrial> trials = {trial(0, TrialState::kRunning), trial(1, TrialState::kWaiting)};
  LeaseTable leases(2);
  leases.open(0, {0, 1}, false, 0);
  LeaseNews scored = news(1, 10, 1, 0);  // 2 microbatches a rank: 0.5 s each
  scored.score_s = 3;                    // 6 s on one rank
  leases.hear(scored, 4, 1);
  const RunStatus status = status_view(trials, leases, three_ranks());
  EXPECT_EQ(status.groups[0].eta_s, 10 + 3) << "10 steps, one epoch's scoring";
  EXPECT_EQ(status.eta_s, (10 * 2 + 6 + 20 * 2 + 2 * 6) / 3.0);
}

TEST(StatusViewTest, AGroupTellsWhatItIsDoing) {
  const std::vector<SweepTrial> trials = {trial(0, TrialState::kRunning)};
  LeaseTable leases(2);
  leases.open(0, {1, 2}, false, 0);
  RankRoster ranks = three_ranks();
  EXPECT_EQ(status_view(trials, leases, ranks).groups[0].doing, "");
  ranks.hear(1, {1, 5, "scoring base/val 40%", "", 0, "h1", {0, 0, 0, 0, 7.5, 2}});
  const RunStatus status = status_view(trials, leases, ranks);
  EXPECT_EQ(status.groups[0].doing, "scoring base/val 40%");
  EXPECT_EQ(status.ranks[1].seconds.lease_s, 7.5) << "before the lease has ended";
}

TEST(StatusViewTest, LeadersAreTheBestFiveThatHaveAResult) {
  const std::vector<SweepTrial> trials = {
      trial(0, TrialState::kDone, "0.5"),          trial(1, TrialState::kFailed, "0.99"),
      trial(2, TrialState::kStoppedEarly, "0.75"), trial(4, TrialState::kWaiting),
      trial(5, TrialState::kDone, "0.625"),        trial(7, TrialState::kRunning, "0.875"),
      trial(8, TrialState::kPaused, "0.25"),       trial(9, TrialState::kDone, "0.5"),
      trial(10, TrialState::kDone, "0.125")};
  const RunStatus status = status_view(trials, LeaseTable(2), three_ranks());
  std::vector<int> ids;
  for (const LeaderStatus& leader : status.leaders) ids.push_back(leader.trial);
  EXPECT_EQ(ids, (std::vector<int>{7, 2, 5, 0, 9})) << "best first, whether it still runs or not";
  EXPECT_EQ(status.leaders[0].state, "running");
  EXPECT_EQ(status.leaders[0].train, "augment,base");
  EXPECT_EQ(status.leaders[0].objective, "0.875");
  EXPECT_EQ(status.leaders[0].best_epoch, 2);
  EXPECT_EQ(status.leaders[0].point, "optimizer.max_lr = 7e-4");
}

// Values are compared within one set only.
TEST(StatusViewTest, EverySetOfTrainingDatasetsHasItsLeaders) {
  std::vector<SweepTrial> trials;
  for (int id = 0; id < 14; ++id) {
    trials.push_back(trial(id, TrialState::kDone, "0." + std::to_string(10 + id)));
    if (id % 2 == 1) trials.back().brief.train = {"base"};
  }
  std::vector<int> ids;
  for (const LeaderStatus& leader : status_view(trials, LeaseTable(2), three_ranks()).leaders)
    ids.push_back(leader.trial);
  EXPECT_EQ(ids, (std::vector<int>{12, 10, 8, 6, 4, 13, 11, 9, 7, 5}));
}

TEST(StatusViewTest, OfSeveralSeedsTheirPointsMeanCounts) {
  std::vector<SweepTrial> trials;
  // Seeds of three points: the luckiest one, the best mean, and one of which only one seed has come to an epoch's end.
  for (const char* objective : {"0.875", "0.125", "0.75", "0.625", "0.9", ""}) {
    const int id = static_cast<int>(trials.size());
    trials.push_back(trial(id, id < 5 ? TrialState::kDone : TrialState::kRunning, objective));
    trials.back().record.point = {{"optimizer.max_lr", std::to_string(id / 2) + "e-4"}};
    trials.back().record.repeat = id % 2;
  }
  const RunStatus status = status_view(trials, LeaseTable(2), three_ranks());
  std::vector<std::pair<int, std::string>> leaders;
  std::vector<std::pair<int, int>> seeds;
  for (const LeaderStatus& leader : status.leaders) {
    leaders.emplace_back(leader.trial, leader.objective);
    seeds.emplace_back(leader.n, leader.seeds);
  }
  EXPECT_EQ(leaders, (std::vector<std::pair<int, std::string>>{{2, "0.6875"}, {0, "0.5"}, {4, "0.9"}}));
  EXPECT_EQ(seeds, (std::vector<std::pair<int, int>>{{2, 2}, {2, 2}, {1, 2}}));
}

TEST(StatusViewTest, TheLineOfATrialAndOfASweep) {
  const std::vector<SweepTrial> one = {trial(0, TrialState::kRunning)};
  LeaseTable leases(2);
  EXPECT_EQ(progress_text(status_view(one, leases, three_ranks()), one, leases), "");
  leases.open(0, {0}, false, 0);
  leases.hear(news(1, 5, 0.5, 812.54), 4, 1);
  EXPECT_EQ(progress_text(status_view(one, leases, three_ranks()), one, leases),
            "epoch 1/2  step 5/20  loss 0.6931  812.5 images/s");
  const std::vector<SweepTrial> several = {trial(0, TrialState::kRunning), trial(1, TrialState::kFailed),
                                           trial(2, TrialState::kStoppedEarly), trial(3, TrialState::kWaiting)};
  EXPECT_EQ(progress_text(status_view(several, leases, three_ranks()), several, leases),
            "2/4 trials, 1 running  812.5 images/s");
}

}  // namespace
}  // namespace unmask
