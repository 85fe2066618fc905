#include "sweep/messages.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(MessagesTest, InstructionsArriveAsTheyWereSent) {
  LeaseOrder order{4, 7, 2, {1, 3}, 40, true, true, "seed = 0\n\"quoted\"", 0.25};
  const auto read = std::get<LeaseOrder>(instruction_from(to_text(Instruction(order))));
  EXPECT_EQ(read.lease, 4);
  EXPECT_EQ(read.trial, 7);
  EXPECT_EQ(read.attempt, 2);
  EXPECT_EQ(read.members, order.members);
  EXPECT_EQ(read.until_step, 40);
  EXPECT_TRUE(read.score_test);
  EXPECT_TRUE(read.ranks_died);
  EXPECT_EQ(read.checkpoint_share, 0.25);
  EXPECT_EQ(read.config, order.config);
  order.until_step.reset();
  EXPECT_FALSE(std::get<LeaseOrder>(instruction_from(to_text(Instruction(order)))).until_step.has_value());
  EXPECT_EQ(std::get<EndLease>(instruction_from(to_text(Instruction(EndLease{9})))).lease, 9);
  EXPECT_EQ(std::get<Quit>(instruction_from(to_text(Instruction(Quit{75, "x"})))).exit_code, 75);
}

// Results travel as text: every bit of every score must arrive.
TEST(MessagesTest, ScoresArriveBitForBit) {
  LeaseEnded ended;
  ended.lease = 3;
  ended.result.end = LeaseEnd::kLeaseOver;
  ended.result.step = 1LL << 40;
  ended.result.history = {{1, 10, 1.0 / 3, 0.1 + 0.2, 5e-324, {{"base", 1e300, 0.7, std::nullopt, 2.0 / 3, 0.1}}}};
  ended.result.best = 0;
  ended.result.test = {{"held", 0.3, 0.5, 0.5, std::nullopt, 1.0 / 7}};
  const auto read = std::get<LeaseEnded>(report_from(to_text(Report(ended))));
  EXPECT_EQ(read.result.history, ended.result.history);
  EXPECT_EQ(read.result.test, ended.result.test);
  EXPECT_EQ(read.result.step, ended.result.step);
  EXPECT_EQ(read.result.best, ended.result.best);
  EXPECT_EQ(read.result.end, LeaseEnd::kLeaseOver);
  EXPECT_EQ(read.fault, std::nullopt);
}

TEST(MessagesTest, TheFaultOfALeaseArrivesAsAValue) {
  LeaseEnded ended;
  ended.fault = Fault{.kind = ErrorKind::kData,
                      .cause = Cause::kDiskFull,
                      .text = "a.tmp: \"write\"",
                      .during = "saving the results",
                      .rank = 0,
                      .step = 4};
  EXPECT_EQ(std::get<LeaseEnded>(report_from(to_text(Report(ended)))).fault, ended.fault);
}

TEST(MessagesTest, ReportsArriveAsTheyWereSent) {
  LeaseNews news;
  news.lease = 2;
  news.step.step = 5;
  news.step.loss = 0.25;
  news.note = "a note with \xFF";
  const auto read = std::get<LeaseNews>(report_from(to_text(Report(news))));
  EXPECT_EQ(read.step.step, 5);
  EXPECT_EQ(read.step.loss, 0.25);
  const auto free = std::get<RankFree>(report_from(to_text(Report(RankFree{1, "class", "host", {1, 2, 3, 4, 5, 6}}))));
  EXPECT_EQ(free.numerics, "class");
  EXPECT_EQ(free.seconds.idle_s, 6);
  const auto unfit = std::get<RankFree>(report_from(to_text(Report(RankFree{1, "class", "host", {}, "its GPU"}))));
  EXPECT_EQ(free.unfit + unfit.unfit, "its GPU");
  EXPECT_TRUE(std::holds_alternative<StopAsked>(report_from(to_text(Report(StopAsked{})))));
  const auto beat =
      std::get<Heartbeat>(report_from(to_text(Report(Heartbeat{3, 40, "training", "barrier", 1LL << 40, "h2"}))));
  EXPECT_EQ(beat.lease, 3);
  EXPECT_EQ(beat.count, 40);
  EXPECT_EQ(beat.doing + beat.operation + beat.host, "trainingbarrierh2");
  EXPECT_EQ(beat.sequence, 1LL << 40);
}

TEST(MessagesTest, AnythingElseIsNamed) {
  for (const char* text : {"", "{", "{}", "[]", R"({"do": "dance"})", R"({"tell": "news"})", R"({"do": "lease"})"}) {
    EXPECT_THROW(instruction_from(text), Error) << text;
    EXPECT_THROW(report_from(text), Error) << text;
  }
}

}  // namespace
}  // namespace unmask
