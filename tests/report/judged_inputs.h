// Judged inputs for the tests of their page.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "report/data_uri.h"
#include "report/verdict_page.h"

namespace unmask::test_support {

/// A BMP of one grey pixel, a picture that every browser shows, and `more` bytes that none looks at.
inline std::string tiny_picture(std::size_t more) {
  std::vector<std::uint8_t> bmp(58 + more, 0);
  for (const auto& [at, value] : {std::pair<int, int>{0, 'B'},
                                  {1, 'M'},
                                  {2, 58},
                                  {10, 54},
                                  {14, 40},
                                  {18, 1},
                                  {22, 1},
                                  {26, 1},
                                  {28, 24},
                                  {34, 4},
                                  {54, 128},
                                  {55, 128},
                                  {56, 128}})
    bmp[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
  return data_uri("image/bmp", bmp);
}

/// A video of `faces` faces around `score`, a fifth of a second apart, judged, with pictures of `picture_bytes` more.
inline JudgedInput judged_video(const std::string& name, double score, std::size_t faces, const VerdictOptions& options,
                                std::size_t picture_bytes = 0) {
  JudgedInput input;
  input.name = name;
  input.status = "ok";
  input.frames = 300;
  input.duration_s = 12;
  input.looked_at = input.read = input.with_face = faces;
  for (std::size_t i = 0; i < faces; ++i) {
    const double wave = 0.05 * std::sin(static_cast<double>(i));
    input.faces.push_back({static_cast<std::uint32_t>(5 * i),
                           static_cast<std::int64_t>(200'000 * i),
                           0,
                           {10, 10, 120, 120},
                           score + wave,
                           55,
                           21.5});
  }
  input.telling = telling_faces(input.faces);
  for (TellingFace& telling : input.telling) {
    telling.picture = tiny_picture(picture_bytes);
    telling.heat = {2, {0, 255, 60, 10}};
  }
  judge(input, options);
  return input;
}

}  // namespace unmask::test_support
