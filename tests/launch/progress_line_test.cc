#include "launch/progress_line.h"

#include <unistd.h>
#include <cstdlib>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// What `body` writes to stderr, with these variables in the environment; null: not set.
template <typename Body>
std::string told(const char* terminal, const char* kind, const Body& body) {
  const auto set = [](const char* name, const char* value) {
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  };
  set("UNMASK_TERMINAL", terminal);
  set("TERM", kind);
  testing::internal::CaptureStderr();
  body();
  ::unsetenv("UNMASK_TERMINAL");
  return testing::internal::GetCapturedStderr();
}

TEST(ProgressLineTest, DurationsAreReadAsOnAClock) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(59.6), "1:00");
  EXPECT_EQ(duration_text(245), "4:05");
  EXPECT_EQ(duration_text(3723), "1:02:03");
  EXPECT_EQ(duration_text(100 * 3600), "100:00:00");
  EXPECT_EQ(duration_text(-1), "?");
  EXPECT_EQ(duration_text(1e300), "?");
}

TEST(ProgressLineTest, ElsewhereItIsAPlainLineNowAndThen) {
  EXPECT_EQ(told(nullptr, "xterm",
                 [] {
                   ProgressLine seldom(3600);
                   seldom.show("10%");
                   seldom.line("a frame was damaged");
                   seldom.show("20%");
                 }),
            "a frame was damaged\n");
  EXPECT_EQ(told(nullptr, "xterm",
                 [] {
                   ProgressLine always(0);
                   always.show("10%");
                   always.show("20%");
                 }),
            "10%\n20%\n");
}

TEST(ProgressLineTest, BehindALaunchersPipeATerminalIsKnownByTheEnvironment) {
  // The first look comes 0.2 s after the start at the earliest; a line that stays wipes what is shown.
  const auto body = [] {
    ProgressLine line(0);
    ::usleep(250'000);
    line.show("10%");
    line.show("11%");  // too soon
    line.line("a frame was damaged");
  };
  EXPECT_EQ(told("1", "xterm", body), "\r\033[K10%\r\033[Ka frame was damaged\n");
  EXPECT_EQ(told("1", "dumb", body), "10%\n11%\na frame was damaged\n");
}

}  // namespace
}  // namespace unmask
