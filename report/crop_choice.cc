#include "report/crop_choice.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace unmask {
namespace {

/// The frames of a dataset's method, as they are chosen from.
class Group {
 public:
  Group(std::span<const EvaluatedFrame> frames, std::vector<std::size_t> members, double threshold)
      : frames_(frames), members_(std::move(members)), threshold_(threshold) {}

  void choose(std::size_t most, std::vector<CropChoice>& chosen) {
    take(CropKind::kWrong, most / 2, chosen);
    take(CropKind::kUnsure, most - most / 2, chosen);
  }

 private:
  /// How far the score is on the wrong side; negative on the right one.
  double wrong_by(std::size_t at) const {
    const double above = *frames_[at].score - threshold_;
    return frames_[at].frame.label != 0 ? -above : above;
  }

  /// Equally good ones by their place.
  void take(CropKind kind, std::size_t most, std::vector<CropChoice>& chosen) {
    const bool wrong = kind == CropKind::kWrong;
    const auto worth = [&](std::size_t at) { return wrong ? wrong_by(at) : -std::abs(wrong_by(at)); };
    std::ranges::stable_sort(members_, [&](std::size_t a, std::size_t b) { return worth(a) > worth(b); });
    for (const std::size_t at : members_) {
      if (most == 0 || (wrong && wrong_by(at) <= 0)) return;
      const FrameInfo& frame = frames_[at].frame;
      if (!videos_.insert({frame.compression, frame.video}).second) continue;
      chosen.push_back({at, kind});
      --most;
    }
  }

  std::span<const EvaluatedFrame> frames_;
  std::vector<std::size_t> members_;
  double threshold_;
  std::set<std::pair<std::string, std::string>> videos_;  // that one was taken of
};

}  // namespace

std::vector<CropChoice> choose_crops(std::span<const EvaluatedFrame> frames, double threshold, std::size_t most) {
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].score) groups[{frames[i].frame.dataset, frames[i].frame.method}].push_back(i);
  }
  std::vector<CropChoice> chosen;
  if (groups.empty()) return chosen;
  const std::size_t of_each = std::min<std::size_t>(12, std::max<std::size_t>(2, most / groups.size()));
  for (auto& [name, members] : groups) {
    if (chosen.size() + of_each > most) break;
    Group(frames, std::move(members), threshold).choose(of_each, chosen);
  }
  return chosen;
}

}  // namespace unmask
