#include "sweep/liveness.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

RankPulse pulse(const std::string& host, double heard_s, double moved_s, const std::string& doing,
                const std::string& operation = "", std::int64_t sequence = 0) {
  RankPulse pulse;
  pulse.last.host = host;
  pulse.last.doing = doing;
  pulse.last.operation = operation;
  pulse.last.sequence = sequence;
  pulse.heard_s = heard_s;
  pulse.moved_s = moved_s;
  return pulse;
}

const WatchedLease kLease{7, 3, 410, 0.1, {0, 1, 2}};

TEST(LivenessTest, SilenceIsNamedWithRankHostAndWhatTheOthersWaitIn) {
  const std::map<int, RankPulse> pulses = {{0, pulse("h1", 100, 95, "training", "all_reduce_sum(int64)", 1234)},
                                           {1, pulse("h1", 100, 95, "training", "all_reduce_sum(int64)", 1234)},
                                           {2, pulse("h2", 94, 94, "training")}};
  EXPECT_EQ(stall(pulses, {kLease}, 98.9, 5), std::nullopt);
  EXPECT_EQ(stall(pulses, {kLease}, 100, 5).value_or(""),
            "trial 0003, lease 7, step 410: all_reduce_sum(int64), operation 1234 waits on rank 0 on h1; rank 1 on h1; "
            "missing: rank 2 on h2 (silent for 6 s)");
}

TEST(LivenessTest, AGroupIsGoneOnlyWhenNoneOfItGoesOn) {
  std::map<int, RankPulse> pulses = {{0, pulse("h1", 100, 10, "training", "all_reduce_sum(int64)", 8)},
                                     {1, pulse("h1", 100, 97, "training")},  // slow, but it goes on
                                     {2, pulse("h2", 100, 10, "training", "all_reduce_sum(int64)", 8)}};
  EXPECT_EQ(stall(pulses, {kLease}, 100, 5), std::nullopt);
  pulses[1].moved_s = 94;
  EXPECT_EQ(stall(pulses, {kLease}, 100, 5).value_or(""),
            "trial 0003, lease 7, step 410: all_reduce_sum(int64), operation 8 waits on rank 0 on h1; rank 2 on h2; "
            "missing: rank 1 on h1 (alive, training, without progress for 6 s)");
}

TEST(LivenessTest, AllInOneCollectiveMeansTheNetwork) {
  const std::map<int, RankPulse> pulses = {{0, pulse("h1", 100, 10, "training", "barrier", 8)},
                                           {1, pulse("h2", 100, 10, "training", "barrier", 8)},
                                           {2, pulse("h2", 100, 10, "training", "barrier", 8)}};
  const std::string text = stall(pulses, {kLease}, 100, 5).value_or("");
  EXPECT_NE(text.find("missing: none, the network between them is silent"), std::string::npos) << text;
}

TEST(LivenessTest, LongStepsAndSlowDisksGetMoreTime) {
  std::map<int, RankPulse> pulses;
  for (int rank = 0; rank < 3; ++rank) pulses[rank] = pulse("h1", 100, 80, "training");
  WatchedLease lease = kLease;
  lease.step_s = 2.1;  // ten of them: 21 s
  EXPECT_EQ(stall(pulses, {lease}, 100, 5), std::nullopt);
  lease.step_s = 2;
  EXPECT_NE(stall(pulses, {lease}, 100, 5), std::nullopt);
  lease.step_s = 0.1;
  pulses[1].last.doing = kMakingGroup;
  EXPECT_NE(stall(pulses, {lease}, 100, 5), std::nullopt);
  pulses[1].last.doing = "scoring base/val 40%";
  EXPECT_NE(stall(pulses, {lease}, 100, 5), std::nullopt);
  pulses[1].last.doing = "saving";  // five times 5 s
  EXPECT_EQ(stall(pulses, {lease}, 100, 5), std::nullopt);
  for (auto& [rank, heard] : pulses) heard.heard_s = 105;
  EXPECT_NE(stall(pulses, {lease}, 105, 5), std::nullopt);
}

TEST(LivenessTest, AnIdleRankMayStandStillButNotBeSilent) {
  std::map<int, RankPulse> pulses = {{0, pulse("h1", 100, 0, "")}, {1, pulse("h2", 100, 0, "")}};
  EXPECT_EQ(stall(pulses, {}, 100, 5), std::nullopt);
  pulses[1].heard_s = 95;
  EXPECT_EQ(stall(pulses, {}, 100, 5).value_or(""), "rank 1 on h2 is silent for 5 s");
}

TEST(LivenessTest, TimeInWhichTheListenerItselfStoodStillIsForgiven) {
  EXPECT_EQ(forgiving_s(10, 12, 12.3), 10);
  EXPECT_EQ(forgiving_s(10, 12, 42), 40) << "2 s before it";
  EXPECT_EQ(forgiving_s(41.9, 12, 42), 42) << "heard since: never in the time to come";
}

TEST(LivenessTest, ASuspensionMakesTheWatchNoLater) {
  Liveness liveness(2, 5);
  Heartbeat beat;
  liveness.is_time(1);
  for (const int rank : {0, 1}) liveness.hear(rank, beat, 1);
  // From 1 s to 31 s all stood still; what was sent meanwhile is read first.
  for (const int rank : {0, 1}) liveness.hear(rank, beat, 31);
  liveness.is_time(31);
  for (double now_s = 32; now_s < 37; ++now_s) {
    liveness.is_time(now_s);
    liveness.hear(0, beat, now_s);
    EXPECT_EQ(liveness.alarm({}, now_s).has_value(), now_s == 36) << now_s;
  }
}

}  // namespace
}  // namespace unmask
