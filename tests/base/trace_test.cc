#include "base/trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace unmask {
namespace {

TEST(Trace, KeepsNothingWhileItIsOff) {
  { const TraceSpan span("step"); }
  Trace::start();
  EXPECT_TRUE(Trace::take().empty());
}

TEST(Trace, KeepsSpansWithNumberThreadAndOrder) {
  Trace::start();
  {
    const TraceSpan outer("step", 7);
    const TraceSpan inner("forward");
  }
  std::thread([] { const TraceSpan span("bucket", 0); }).join();
  std::int64_t dropped = -1;
  const std::vector<Trace::Event> events = Trace::take(&dropped);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(dropped, 0);
  EXPECT_EQ(events[0].name, "forward");  // spans are kept when they end
  EXPECT_EQ(events[1].name, "step 7");
  EXPECT_EQ(events[2].name, "bucket 0");
  EXPECT_LE(events[1].start_us, events[0].start_us);
  EXPECT_GE(events[1].start_us + events[1].duration_us, events[0].start_us + events[0].duration_us);
  EXPECT_EQ(events[0].thread, events[1].thread);
  EXPECT_NE(events[0].thread, events[2].thread);
  EXPECT_FALSE(Trace::is_on());
}

TEST(Trace, CountsWhatItCouldNotKeep) {
  Trace::start();
  for (std::size_t i = 0; i < Trace::kMaxEvents + 5; ++i) const TraceSpan span("x");
  std::int64_t dropped = 0;
  EXPECT_EQ(Trace::take(&dropped).size(), Trace::kMaxEvents);
  EXPECT_EQ(dropped, 5);
}

}  // namespace
}  // namespace unmask
