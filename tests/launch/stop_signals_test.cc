#include "launch/stop_signals.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// Exit code of a child that runs `body` with the handlers installed.
template <typename Body>
int exit_code_of(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body(install_stop_signals()));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(StopSignalsTest, EachSignalOnlySetsTheFlag) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    EXPECT_EQ(exit_code_of([&](std::atomic<bool>& stop) {
                if (stop) return 1;
                ::raise(signal);
                return stop ? 75 : 2;
              }),
              75)
        << signal;
  }
}

TEST(StopSignalsTest, SecondInterruptEndsAtOnce) {
  EXPECT_EQ(exit_code_of([](std::atomic<bool>&) {
              ::raise(SIGINT);
              ::raise(SIGINT);
              return 3;
            }),
            130);
}

TEST(StopSignalsTest, TermAfterInterruptIsStillPatient) {
  EXPECT_EQ(exit_code_of([](std::atomic<bool>& stop) {
              ::raise(SIGINT);
              ::raise(SIGTERM);
              ::raise(SIGTERM);
              return stop ? 75 : 3;
            }),
            75);
}

}  // namespace
}  // namespace unmask
