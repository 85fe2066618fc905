// On 1 to 4 ranks.
#include "launch/session.h"

#include <sched.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

struct Point {
  int x = 0;
};
int made = 0, read = 0;
std::string to_text(const Point& point) { return std::to_string(point.x); }
Point point_from(const std::string& text) {
  ++read;
  return {std::stoi(text)};
}

TEST(SessionTest, AllRanksGetTheTextOfRankZero) {
  Session session(&mpi_runtime());
  int calls = 0;
  // Zeros and line breaks are text as well.
  const std::string text = session.on_root([&] {
    ++calls;
    return std::string("a\0b\n", 4);
  });
  EXPECT_EQ(text, std::string("a\0b\n", 4));
  EXPECT_EQ(calls, session.rank() == 0 ? 1 : 0);
  EXPECT_EQ(session.on_root([] { return std::string(); }), "");
  session.close();
}

TEST(SessionTest, ItsStartOpensNoWayBetweenRanksThatSleepsAtItsEnd) {
  Session session(&mpi_runtime());
  const char* ways = std::getenv("OMPI_MCA_btl");
  ASSERT_NE(ways, nullptr);
  EXPECT_EQ(std::string(ways).find("ofi") == std::string::npos, std::string(ways).front() != '^') << ways;
  session.close();
}

TEST(SessionTest, WhatRankZeroThrowsAllRanksThrow) {
  Session session(&mpi_runtime());
  for (const ErrorKind kind : {ErrorKind::kUsage, ErrorKind::kData, ErrorKind::kStopped}) {
    try {
      session.on_root([&]() -> std::string { throw Error(kind, "no such file", Cause::kDiskFull); });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      EXPECT_EQ(error.fault().cause, Cause::kDiskFull);
      EXPECT_STREQ(error.what(), "no such file");
    }
  }
  EXPECT_EQ(session.on_root([] { return std::string("still in step"); }), "still in step");
  session.close();
}

TEST(SessionTest, RankZeroHandsOnItsValueWithoutReadingItAgain) {
  Session session(&mpi_runtime());
  made = read = 0;
  const Point point = session.share<Point>(
      [] {
        ++made;
        return Point{42};
      },
      to_text, point_from);
  EXPECT_EQ(point.x, 42);
  EXPECT_EQ(made, session.rank() == 0 ? 1 : 0);
  EXPECT_EQ(read, session.rank() == 0 ? 0 : 1);
  session.close();
}

TEST(SessionTest, OnlyRankZeroSpeaks) {
  Session session(&mpi_runtime());
  testing::internal::CaptureStdout();
  session.print("once");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), session.rank() == 0 ? "once\n" : "");
  testing::internal::CaptureStderr();
  session.note("as well");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), session.rank() == 0 ? "as well\n" : "");
  EXPECT_EQ(session.local_world(), session.world().world());  // one host
  EXPECT_EQ(session.local_rank(), session.rank());
  session.close();
}

TEST(SessionTest, CoresThatRanksAreBoundToCountTogether) {
  cpu_set_t before, own;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &before)) cores.push_back(core);
  }
  CPU_ZERO(&own);
  CPU_SET(cores[static_cast<std::size_t>(mpi_runtime().local_rank()) % cores.size()], &own);
  ASSERT_EQ(sched_setaffinity(0, sizeof own, &own), 0);
  Session session(&mpi_runtime());
  EXPECT_EQ(session.cores().ranks, session.world().world());
  EXPECT_EQ(session.cores().own, 1);
  EXPECT_EQ(session.cores().all, std::min(session.world().world(), static_cast<int>(cores.size())));
  session.close();
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(SessionTest, WithoutMpiItIsAWorldOfOne) {
  Session session(nullptr);
  EXPECT_EQ(session.world().world(), 1);
  EXPECT_EQ(session.local_world(), 1);
  EXPECT_TRUE(session.speaks());
  EXPECT_EQ(session.on_root([] { return std::string("done here"); }), "done here");
  EXPECT_THROW(session.on_root([]() -> std::string { throw Error(ErrorKind::kData, "x"); }), Error);
  session.forget_dead();  // nobody can have died
  EXPECT_EQ(session.world().world(), 1);
  session.close();
}

}  // namespace
}  // namespace unmask
