#include "report/lease_spans.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(LeaseSpans, EndWhereTheLineSaysAndBeginSoLongBefore) {
  const auto spans = lease_spans(
      "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n"
      "7,2,4,\"a,b\",40,120,61.5,rung,1970-01-01T00:02:00Z\n");
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].lease.trial, 7);
  EXPECT_EQ(spans[0].lease.attempt, 2);
  EXPECT_EQ(spans[0].lease.ranks, 4);
  EXPECT_EQ(spans[0].lease.host, "a,b");
  EXPECT_EQ(spans[0].lease.to_step, 120);
  EXPECT_EQ(spans[0].lease.end, "rung");
  EXPECT_DOUBLE_EQ(spans[0].begin_s, 58.5);
  EXPECT_DOUBLE_EQ(spans[0].end_s, 120);
}

TEST(LeaseSpans, LinesThatAKillCutShortArePassedOver) {
  const std::string header = "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n";
  for (const char* line :
       {"2,1,1,vm,0,3,0.5,fai", "2,1,1,vm,0,3,,done,2026-11-22T21:56:51Z", ",1,1,vm,0,3,1,done,2026-11-22T21:56:51Z",
        "2,1,1,vm,0,3,inf,done,2026-11-22T21:56:51Z", "2,1,1,vm,0,3,1,done,2026-11-22"})
    EXPECT_TRUE(lease_spans(header + line + "\n").empty()) << line;
  EXPECT_TRUE(lease_spans("").empty());
}

}  // namespace
}  // namespace unmask
