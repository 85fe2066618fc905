#include "data/prepare/frame_rule.h"

#include <charconv>
#include <cmath>

#include "base/number_text.h"

namespace unmask {
namespace {

constexpr std::string_view kEveryWord = "every ", kSecondsWord = " s";
constexpr std::int64_t kMostFrames = 100'000'000;

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0)) return std::nullopt;
  return value;
}

std::vector<std::uint32_t> every(std::int64_t step, std::int64_t frames) {
  std::vector<std::uint32_t> picked;
  for (std::int64_t frame = 0; frame < frames; frame += step) picked.push_back(static_cast<std::uint32_t>(frame));
  return picked;
}

}  // namespace

std::optional<FrameRule> frame_rule_from(std::string_view text) {
  if (text == "all") return FrameRule{};
  if (text.starts_with(kEveryWord)) {
    const auto step = number_from<std::int64_t>(text.substr(kEveryWord.size()));
    if (!step || *step > kMostFrames) return std::nullopt;
    return FrameRule{FrameRule::Kind::kEvery, *step, 0};
  }
  if (text.ends_with(kSecondsWord)) {
    const auto seconds = number_from<double>(text.substr(0, text.size() - kSecondsWord.size()));
    if (!seconds || !std::isfinite(*seconds)) return std::nullopt;
    return FrameRule{FrameRule::Kind::kSeconds, 0, *seconds};
  }
  const auto count = number_from<std::int64_t>(text);
  if (!count || *count > kMostFrames) return std::nullopt;
  return FrameRule{FrameRule::Kind::kEvenly, *count, 0};
}

std::string to_text(const FrameRule& rule) {
  switch (rule.kind) {
    case FrameRule::Kind::kAll: return "all";
    case FrameRule::Kind::kEvenly: return std::to_string(rule.count);
    case FrameRule::Kind::kEvery: return std::string(kEveryWord) + std::to_string(rule.count);
    case FrameRule::Kind::kSeconds: return number_text(rule.seconds) + std::string(kSecondsWord);
  }
  return "";
}

std::vector<std::uint32_t> picked_frames(const FrameRule& rule, std::int64_t frames, double duration_s) {
  std::vector<std::uint32_t> picked;
  switch (rule.kind) {
    case FrameRule::Kind::kAll: return every(1, frames);
    case FrameRule::Kind::kEvery: return every(rule.count, frames);
    case FrameRule::Kind::kEvenly:
      if (frames <= rule.count) return every(1, frames);
      for (std::int64_t i = 0; i < rule.count; ++i) {
        picked.push_back(static_cast<std::uint32_t>((2 * i + 1) * frames / (2 * rule.count)));
      }
      return picked;
    case FrameRule::Kind::kSeconds: {
      if (!(duration_s > 0)) return every(1, frames);
      const double step = std::max(1.0, rule.seconds * static_cast<double>(frames) / duration_s);
      for (std::int64_t i = 0;; ++i) {
        const double frame = std::round(static_cast<double>(i) * step);
        if (!(frame < static_cast<double>(frames))) return picked;
        picked.push_back(static_cast<std::uint32_t>(frame));
      }
    }
  }
  return picked;
}

}  // namespace unmask
