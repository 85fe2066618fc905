// Pictures of any size, and what corruption_reference.py says of what was made of them.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "data/frames/image.h"
#include "tests/data/augment/drawn_crop.h"
#include "tests/data/augment/python_judge.h"

namespace unmask::test {

/// The upper left of a drawn crop; `shift`: as if the camera moved.
inline RgbImage drawn_picture(int width, int height, std::uint32_t number, int shift = 0) {
  const int side = std::max(width, height) + shift;
  const Pixels crop = drawn_crop(side, number);
  RgbImage picture{width, height, {}};
  for (int y = 0; y < height; ++y) {
    const auto row = crop.begin() + (std::ptrdiff_t{y} * side + shift) * 3;
    picture.rgb.insert(picture.rgb.end(), row, row + std::ptrdiff_t{width} * 3);
  }
  return picture;
}

inline std::string as_text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/// In levels: between ours and the reference's, and between the picture before and the reference's.
struct Judged {
  double mean = 0, largest = 0, done = 0;
};

inline std::vector<Judged> judged(const std::string& arguments) {
  std::istringstream answer(run_reference(arguments, "", "../corrupt/corruption_reference.py"));
  std::vector<Judged> all;
  for (Judged one; answer >> one.mean >> one.largest >> one.done;) all.push_back(one);
  return all;
}

}  // namespace unmask::test
