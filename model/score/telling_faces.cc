#include "model/score/telling_faces.h"

#include <algorithm>
#include <cstdint>
#include <map>

namespace unmask {

std::vector<TellingFace> telling_faces(std::span<const ScoredFace> faces, std::size_t most, std::size_t most_people) {
  std::map<std::uint32_t, std::vector<std::size_t>> people;
  for (std::size_t i = 0; i < faces.size(); ++i) people[faces[i].track].push_back(i);
  std::vector<TellingFace> telling;
  for (auto& person : people) {
    std::vector<std::size_t>& own = person.second;
    if (most_people-- == 0) break;
    std::ranges::stable_sort(own, std::greater<>(), [&](std::size_t i) { return faces[i].score; });
    const std::size_t above = std::min(most, (own.size() + 1) / 2), below = std::min(most, own.size() / 2);
    for (std::size_t i = 0; i < above; ++i) telling.push_back({own[i], true});
    std::ranges::stable_sort(own, {}, [&](std::size_t i) { return faces[i].score; });
    for (std::size_t i = 0, taken = 0; taken < below; ++i) {
      const bool is_taken = std::ranges::any_of(telling, [&](const TellingFace& each) { return each.face == own[i]; });
      if (is_taken) continue;
      telling.push_back({own[i], false});
      ++taken;
    }
  }
  return telling;
}

}  // namespace unmask
