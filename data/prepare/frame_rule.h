// Which frames of a video are taken. Pure.
//
//   const FrameRule rule = *frame_rule_from("every 3");
//   picked_frames(rule, 10, 0);                       // 0, 3, 6, 9
//   picked_frames(*frame_rule_from("4"), 100, 0);     // evenly spaced: 12, 37, 62, 87
//   picked_frames(*frame_rule_from("0.5 s"), 50, 2);  // one each half second of the two: 0, 13, 25, 38
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unmask {

struct FrameRule {
  enum class Kind { kAll, kEvenly, kEvery, kSeconds };
  Kind kind = Kind::kAll;
  std::int64_t count = 0;  // kEvenly: how many; kEvery: each count-th
  double seconds = 0;      // kSeconds: between two frames
  bool operator==(const FrameRule&) const = default;
};

/// "all", "32" (evenly spaced), "every 3", "0.5 s". Nothing where the text is none of them.
std::optional<FrameRule> frame_rule_from(std::string_view text);
/// The same words.
std::string to_text(const FrameRule& rule);

/// Numbers of the frames, ascending, of a video that has `frames` of them. Evenly spaced: the middles of `count` equal
/// stretches, so that neither the first nor the last frame is taken, which are black in many a video; all of them where
/// there are not more. By seconds: as the mean rate tells; all where `duration_s` is not known (0).
std::vector<std::uint32_t> picked_frames(const FrameRule& rule, std::int64_t frames, double duration_s);

}  // namespace unmask
