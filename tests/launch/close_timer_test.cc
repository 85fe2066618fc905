#include "launch/close_timer.h"

#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// Exit code of a child that runs `body`, which returns its own.
template <typename Body>
int exit_code_of(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

TEST(CloseTimerTest, WhatHangsIsEndedWithTheExitCode) {
  EXPECT_EQ(exit_code_of([] {
              const CloseTimer timer(75, 1);
              sleep_ms(60'000);
              return 0;
            }),
            75);
}

TEST(CloseTimerTest, SaysWhyItEnds) {
  testing::internal::CaptureStderr();
  exit_code_of([] {
    const CloseTimer timer(75, 0.1, "rank 1 doesn't come");
    sleep_ms(60'000);
    return 0;
  });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "unmask: rank 1 doesn't come\n");
}

TEST(CloseTimerTest, WhatEndsInTimeIsLeftAlone) {
  EXPECT_EQ(exit_code_of([] {
              { const CloseTimer timer(75, 1); }
              sleep_ms(1'500);
              return 4;
            }),
            4);
}

}  // namespace
}  // namespace unmask
