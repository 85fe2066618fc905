#include "data/frames/packet_plan.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

VideoPacket packet(std::int64_t time, char kind) {
  VideoPacket one;
  one.time = time;
  one.is_key = one.is_start = kind == 'I';
  one.is_disposable = kind == 'b';
  return one;
}

/// Shown as I b P I b P; an open start after the first: its b is decoded after it and shown before it.
PacketPlan two_groups() {
  return PacketPlan({packet(0, 'I'), packet(4, 'P'), packet(2, 'b'), packet(8, 'I'), packet(6, 'b'), packet(10, 'P')});
}

TEST(PacketPlanTest, FramesAreNumberedByTime) {
  const PacketPlan plan = two_groups();
  ASSERT_EQ(plan.frames(), 6u);
  const std::vector<std::size_t> packets{0, 2, 1, 4, 3, 5};
  for (std::uint32_t frame = 0; frame < 6; ++frame) {
    EXPECT_EQ(plan.packet_of(frame), packets[frame]);
    EXPECT_EQ(plan.frame_in(packets[frame]), frame);
  }
}

TEST(PacketPlanTest, WithoutTimesTheyStandAsInTheFile) {
  const PacketPlan plan({packet(9, 'I'), packet(VideoPacket::kNoTime, 'P'), packet(1, 'P')});
  for (std::uint32_t frame = 0; frame < 3; ++frame) EXPECT_EQ(plan.packet_of(frame), frame);
}

TEST(PacketPlanTest, HiddenPacketsHaveNoNumber) {
  std::vector<VideoPacket> packets{packet(0, 'I'), packet(1, 'P'), packet(2, 'P')};
  packets[1].is_shown = false;
  const PacketPlan plan(packets);
  EXPECT_EQ(plan.frames(), 2u);
  EXPECT_EQ(plan.frame_in(1), -1);
  EXPECT_EQ(plan.packet_of(1), 2u);
}

TEST(PacketPlanTest, OnlyWhatAFrameIsPredictedFromIsNeeded) {
  const PacketPlan plan = two_groups();
  const auto needed = [&](std::vector<std::uint32_t> wanted) { return plan.needed_packets(wanted); };
  EXPECT_EQ(needed({}), std::vector<bool>(6, false));
  EXPECT_EQ(needed({2}), (std::vector<bool>{true, true, false, false, false, false}));
  EXPECT_EQ(needed({1}), (std::vector<bool>{true, true, true, false, false, false}));
  EXPECT_EQ(needed({5}), (std::vector<bool>{false, false, false, true, false, true}));
  EXPECT_EQ(needed({3}), (std::vector<bool>{true, true, false, true, true, false})) << "shown before the start";
  EXPECT_EQ(needed({0, 5, 6, 7}), (std::vector<bool>{true, false, false, true, false, true}));
}

TEST(PacketPlanTest, WhereParametersComeWithPacketsOnlyThoseAreStarts) {
  std::vector<VideoPacket> packets{packet(0, 'I'), packet(1, 'P'), packet(2, 'I'), packet(3, 'P')};
  packets[0].has_parameters = true;
  EXPECT_EQ(PacketPlan(packets).start_of(3), 0u);
  EXPECT_EQ(PacketPlan(packets).key_of(3), 2u);
  packets[2].has_parameters = true;
  EXPECT_EQ(PacketPlan(packets).start_of(3), 2u);
}

TEST(PacketPlanTest, AVideoWithoutPacketsHasNoFrames) {
  const PacketPlan plan({});
  EXPECT_EQ(plan.frames(), 0u);
  EXPECT_TRUE(plan.needed_packets(std::vector<std::uint32_t>{0, 1}).empty());
}

}  // namespace
}  // namespace unmask
