#include "launch/start_watch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace unmask {
namespace {

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

/// What a rank says that is ended by its watch; "" for one that comes to its end.
template <typename Body>
std::string last_words(double timeout_s, const Body& body) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    StartWatch watch(
        [&](const std::string& reason) {
          if (::write(ends[1], reason.data(), reason.size()) > 0) ::_exit(75);
        },
        timeout_s);
    body(watch);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string words(1000, '\0');
  words.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], words.data(), words.size()))));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), words.empty() ? 0 : 75);
  return words;
}

TEST(StartWatchTest, APhaseThatHangsEndsTheRankWithItsName) {
  const std::string words = last_words(0.5, [](StartWatch& watch) {
    watch.begins("starting MPI");
    watch.begins("making the ranks' network");
    pause_ms(60'000);
  });
  EXPECT_EQ(words.find("making the ranks' network has lasted for "), 0u) << words;
}

TEST(StartWatchTest, EachPhaseHasItsOwnTimeAndWhatComesAfterHasNone) {
  EXPECT_EQ(last_words(1.5,
                       [](StartWatch& watch) {
                         for (const char* phase : {"one", "two", "three"}) {
                           watch.begins(phase);
                           pause_ms(600);
                         }
                         watch.ends();
                         pause_ms(2'500);
                       }),
            "");
}

TEST(StartWatchTest, SomeMayTakeLongerAndNothingIsWatchedWithoutALimit) {
  EXPECT_EQ(last_words(0.2,
                       [](StartWatch& watch) {
                         watch.begins("waiting for the run's lock", 60);
                         pause_ms(1'500);
                       }),
            "");
  EXPECT_EQ(last_words(0,
                       [](StartWatch& watch) {
                         watch.begins("starting MPI");
                         pause_ms(1'500);
                       }),
            "");
}

TEST(StartWatchTest, TheLimitIsHalfAnHourUnlessTheEnvironmentSaysOtherwise) {
  EXPECT_EQ(start_timeout_s(), 1800);
  ::setenv("UNMASK_START_TIMEOUT_S", "7.5", 1);
  EXPECT_EQ(start_timeout_s(), 7.5);
  ::unsetenv("UNMASK_START_TIMEOUT_S");
}

}  // namespace
}  // namespace unmask
