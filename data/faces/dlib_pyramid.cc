#include "data/faces/dlib_pyramid.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <dlib/geometry.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>

namespace unmask {
namespace {

constexpr unsigned long kSmallestLevelPx = 80;  // the side of the detector's window

dlib::rectangle as_rectangle(cv::Size size) { return {0, 0, size.width - 1, size.height - 1}; }

/// As pyramid_up() does it.
cv::Size doubled(cv::Size size) {
  const dlib::rectangle up = dlib::pyramid_down<2>().rect_up(as_rectangle(size));
  return {static_cast<int>(up.right()) + 1, static_cast<int>(up.bottom()) + 1};
}

/// As create_fhog_pyramid() does it.
int count_levels(cv::Size size) {
  const dlib::pyramid_down<6> pyramid;
  dlib::rectangle level = as_rectangle(size);
  int levels = 0;
  do {
    level = pyramid.rect_down(level);
    ++levels;
  } while (level.width() >= kSmallestLevelPx && level.height() >= kSmallestLevelPx);
  return levels;
}

}  // namespace

DlibPyramid::DlibPyramid(cv::Size size, int upsample) : upsample_(upsample), sizes_{size} {
  for (int i = 0; i < upsample; ++i) sizes_.push_back(doubled(sizes_.back()));
  for (int levels = count_levels(sizes_.back()); levels > 1; --levels) {
    sizes_.emplace_back(5 * sizes_.back().width / 6, 5 * sizes_.back().height / 6);
  }
  for (std::size_t i = 1; i < sizes_.size(); ++i) steps_.push_back(plan_step(sizes_[i - 1], sizes_[i]));
}

/// dlib adds up positions, four columns at a time in single precision as long as all four have a right neighbour, then
/// one by one in double: so do we.
DlibPyramid::Step DlibPyramid::plan_step(cv::Size from, cv::Size to) {
  Step step;
  const auto tap = [](double position, int side, double share) {
    const int first = static_cast<int>(std::floor(position));
    return Tap{first, std::min(first + 1, side - 1), share};
  };
  const double x_scale = (from.width - 1) / static_cast<double>(std::max(to.width - 1, 1));
  const double y_scale = (from.height - 1) / static_cast<double>(std::max(to.height - 1, 1));
  double y = -y_scale;
  for (int row = 0; row < to.height; ++row) {
    y += y_scale;
    step.rows.push_back(tap(y, from.height, y - std::floor(y)));
  }
  const double start = -4 * x_scale;
  float four[4] = {static_cast<float>(start), static_cast<float>(start + x_scale),
                   static_cast<float>(start + 2 * x_scale), static_cast<float>(start + 3 * x_scale)};
  while (step.in_fours < to.width) {
    for (float& x : four) x += static_cast<float>(4 * x_scale);
    if (static_cast<int>(four[3]) + 1 >= from.width) break;
    for (const float x : four) step.columns.push_back(tap(x, from.width, x - static_cast<float>(static_cast<int>(x))));
    step.in_fours += 4;
  }
  step.in_fours = std::min(step.in_fours, to.width);
  step.columns.resize(static_cast<std::size_t>(step.in_fours));
  double x = -x_scale + step.in_fours * x_scale;
  for (int column = step.in_fours; column < to.width; ++column) {
    x += x_scale;
    step.columns.push_back(tap(x, from.width, static_cast<float>(x - std::floor(x))));
  }
  return step;
}

cv::Rect DlibPyramid::source_of(const Step& step, const cv::Rect& window) {
  if (window.empty()) return {};
  const auto at = [](const std::vector<Tap>& taps, int i) { return taps[static_cast<std::size_t>(i)]; };
  return {cv::Point(at(step.columns, window.x).first, at(step.rows, window.y).first),
          cv::Point(at(step.columns, window.x + window.width - 1).second + 1,
                    at(step.rows, window.y + window.height - 1).second + 1)};
}

cv::Mat DlibPyramid::resized(const Step& step, const cv::Mat& from, const cv::Rect& from_window,
                             const cv::Rect& window) {
  cv::Mat to(window.size(), CV_8U);
  const Tap* columns = step.columns.data() + window.x;
  const int in_fours = std::clamp(step.in_fours - window.x, 0, window.width);
  for (int row = 0; row < window.height; ++row) {
    const Tap& taps = step.rows[static_cast<std::size_t>(window.y + row)];
    const std::uint8_t* top = from.ptr(taps.first - from_window.y) - from_window.x;
    const std::uint8_t* bottom = from.ptr(taps.second - from_window.y) - from_window.x;
    const auto low = static_cast<float>(taps.share), high = static_cast<float>(1 - taps.share);
    std::uint8_t* out = to.ptr(row);
    for (int i = 0; i < in_fours; ++i) {
      const Tap& tap = columns[i];
      const auto right = static_cast<float>(tap.share);
      const float left = 1 - right;
      const float value =
          high * left * static_cast<float>(top[tap.first]) + high * right * static_cast<float>(top[tap.second]) +
          low * left * static_cast<float>(bottom[tap.first]) + low * right * static_cast<float>(bottom[tap.second]);
      out[i] = static_cast<std::uint8_t>(value + 0.5);
    }
    for (int i = in_fours; i < window.width; ++i) {
      const Tap& tap = columns[i];
      const auto right = static_cast<float>(tap.share);
      const auto mix = [&](const std::uint8_t* line) {
        return (1 - right) * static_cast<float>(line[tap.first]) + right * static_cast<float>(line[tap.second]);
      };
      out[i] = static_cast<std::uint8_t>(static_cast<float>((1 - taps.share) * mix(top) + taps.share * mix(bottom)));
    }
  }
  return to;
}

std::vector<cv::Mat> DlibPyramid::windows(const cv::Mat& grey, std::span<const cv::Rect> wanted) const {
  // From the smallest level up: what each step needs of the picture before.
  std::vector<cv::Rect> needed(static_cast<std::size_t>(upsample_) + wanted.size());
  const auto wanted_of = [&](std::size_t i) {
    return i < static_cast<std::size_t>(upsample_) ? cv::Rect() : wanted[i - static_cast<std::size_t>(upsample_)];
  };
  for (std::size_t i = needed.size(); i-- > 0;) {
    const cv::Rect below = i + 1 < needed.size() ? source_of(steps_[i], needed[i + 1]) : cv::Rect();
    needed[i] = below.empty() ? wanted_of(i) : wanted_of(i).empty() ? below : wanted_of(i) | below;
  }
  std::vector<cv::Mat> result(wanted.size());
  cv::Mat picture;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (needed[i].empty()) break;
    picture = i == 0 ? grey(needed[0]) : resized(steps_[i - 1], picture, needed[i - 1], needed[i]);
    const cv::Rect own = wanted_of(i);
    if (!own.empty()) result[i - static_cast<std::size_t>(upsample_)] = picture(own - needed[i].tl());
  }
  return result;
}

}  // namespace unmask
