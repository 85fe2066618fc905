// Which crops to look at first: those that a model is most wrong about, and those that it is least sure of. Pure.
//
//   for (const CropChoice& choice : choose_crops(frames, threshold, 60)) store.read(row_of[choice.frame], rgb);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/words.h"
#include "model/score/evaluation.h"

namespace unmask {

enum class CropKind : std::uint8_t { kWrong, kUnsure };
constexpr auto words_of(CropKind) {
  using enum CropKind;
  return std::to_array<Word<CropKind>>({{"wrong", kWrong}, {"unsure", kUnsure}});
}

struct CropChoice {
  std::size_t frame = 0;
  CropKind kind = CropKind::kWrong;
};

/// At most `most`, as many of each (dataset, method), half of them of each kind: those on the wrong side of
/// `threshold`, farthest from it first; then those nearest to it. Of a video at most one. In order of dataset, method.
std::vector<CropChoice> choose_crops(std::span<const EvaluatedFrame> frames, double threshold, std::size_t most);

}  // namespace unmask
