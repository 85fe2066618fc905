// Whose face of a video becomes crops, and how it is laid into the crop: words of `unmask prepare`.
#pragma once

#include <array>
#include <cstdint>

#include "base/words.h"

namespace unmask {

/// `tracked` looks at a whole video, so that its crops are one person. The others are rules of a frame alone: `best`
/// is the published work's, `largest` DeepfakeBench's.
enum class FaceChoice : std::uint8_t {
  kTracked,  // the video's main track: whom the mask shows, else the longest, then the largest
  kLargest,  // of a frame
  kBest,     // the highest score of a frame
  kAll,      // every face, with the number of its track
};
constexpr auto words_of(FaceChoice) {
  using enum FaceChoice;
  return std::to_array<Word<FaceChoice>>(
      {{"tracked", kTracked}, {"largest", kLargest}, {"best", kBest}, {"all", kAll}});
}

enum class FaceAlignment : std::uint8_t {
  kNone,        // the square around the box
  kFivePoints,  // turned and scaled so that eyes, nose and mouth's corners lie where they always do
};
constexpr auto words_of(FaceAlignment) {
  using enum FaceAlignment;
  return std::to_array<Word<FaceAlignment>>({{"none", kNone}, {"five_points", kFivePoints}});
}

}  // namespace unmask
