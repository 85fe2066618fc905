#include "report/verdict_marks.h"

#include <cmath>
#include <map>
#include <optional>

namespace unmask {
namespace {

constexpr double kBridgedS = 2;          // between two judged frames
constexpr double kStandsS = 1;           // around one
constexpr double kUsualFramesAS = 25.0;  // where nothing is known

std::int32_t between(std::int32_t first, std::int32_t last, double share) {
  return first + static_cast<std::int32_t>(std::lround(share * (last - first)));
}

FaceBox between(const FaceBox& first, const FaceBox& last, double share) {
  return {between(first.x, last.x, share), between(first.y, last.y, share), between(first.width, last.width, share),
          between(first.height, last.height, share)};
}

/// `before`: at the frame or before it; `after`: after it.
std::optional<VerdictMark> mark_of(const ScoredFace* before, const ScoredFace* after, double frame, double a_second) {
  const auto distance_s = [&](const ScoredFace* face) { return std::abs(face->frame - frame) / a_second; };
  VerdictMark mark;
  if (before != nullptr && after != nullptr && distance_s(before) + distance_s(after) <= kBridgedS) {
    const double share = distance_s(before) / (distance_s(before) + distance_s(after));
    mark.box = between(before->box, after->box, share);
  } else {
    const bool is_before = before != nullptr && (after == nullptr || distance_s(before) <= distance_s(after));
    const ScoredFace* const nearest = is_before ? before : after;
    if (nearest == nullptr || distance_s(nearest) > kStandsS) return std::nullopt;
    mark.box = nearest->box;
  }
  if (before != nullptr && before->frame == frame) mark.score = before->score;
  return mark;
}

}  // namespace

VerdictMarks::VerdictMarks(const JudgedInput& input)
    : frames_a_second_(input.duration_s > 0 ? static_cast<double>(input.frames) / input.duration_s : kUsualFramesAS),
      people_(input.people.size()) {
  std::map<std::uint32_t, std::size_t> person_of;
  for (std::size_t i = 0; i < input.people.size(); ++i) person_of[input.people[i].track] = i;
  for (const ScoredFace& face : input.faces) people_.at(person_of.at(face.track)).faces.push_back(&face);
}

std::vector<VerdictMark> VerdictMarks::at(std::uint32_t frame) {
  std::vector<VerdictMark> marks;
  for (std::size_t i = 0; i < people_.size(); ++i) {
    Person& person = people_[i];
    while (person.next < person.faces.size() && person.faces[person.next]->frame <= frame) ++person.next;
    const ScoredFace* const before = person.next > 0 ? person.faces[person.next - 1] : nullptr;
    const ScoredFace* const after = person.next < person.faces.size() ? person.faces[person.next] : nullptr;
    if (auto mark = mark_of(before, after, frame, frames_a_second_)) {
      mark->person = i;
      marks.push_back(*mark);
    }
  }
  return marks;
}

}  // namespace unmask
