#include "data/augment/augment_plan.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "base/option_faults.h"
#include "base/philox.h"

namespace unmask {
namespace {

using Matrix3 = std::array<double, 9>;  // row-major
using Corners = std::array<std::array<double, 2>, 4>;

Matrix3 product(const Matrix3& a, const Matrix3& b) {
  Matrix3 out{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      for (std::size_t k = 0; k < 3; ++k) out[row * 3 + column] += a[row * 3 + k] * b[k * 3 + column];
    }
  }
  return out;
}

Matrix3 shift(double by) { return {1, 0, by, 0, 1, by, 0, 0, 1}; }

/// Rotation and scale about the centre, output → input (torchvision's inverse affine matrix without shift and shear).
Matrix3 affine_to_input(double angle_degrees, double scale, double side) {
  const double angle = angle_degrees * std::numbers::pi / 180.0;
  const double c = std::cos(angle) / scale, s = std::sin(angle) / scale, centre = side * 0.5;
  return {c, s, centre - c * centre - s * centre, -s, c, centre + s * centre - c * centre, 0, 0, 1};
}

/// The homography that takes each of `from` to its point of `to`; nothing if three points lie on a line.
std::optional<Matrix3> homography(const Corners& from, const Corners& to) {
  std::array<std::array<double, 9>, 8> rows{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto [x, y] = from[i];
    const auto [u, v] = to[i];
    rows[2 * i] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
    rows[2 * i + 1] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
  }
  for (std::size_t column = 0; column < 8; ++column) {  // Gauss-Jordan with the largest pivot
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < 8; ++row) {
      if (std::abs(rows[row][column]) > std::abs(rows[pivot][column])) pivot = row;
    }
    if (std::abs(rows[pivot][column]) < 1e-9) return std::nullopt;
    std::swap(rows[pivot], rows[column]);
    for (std::size_t row = 0; row < 8; ++row) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (std::size_t k = column; k < 9; ++k) rows[row][k] -= factor * rows[column][k];
    }
  }
  Matrix3 out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = rows[i][8] / rows[i][i];
  out[8] = 1;
  return out;
}

Corners frame_corners(int px) {
  const double last = px - 1;
  return {{{0, 0}, {last, 0}, {last, last}, {0, last}}};
}

/// Where torchvision's RandomPerspective.get_params puts the corners; always eight draws.
Corners draw_corners(double distortion, int px, Draws& draws) {
  const int half = px / 2;
  const auto reach = static_cast<std::uint32_t>(distortion * half);
  const auto near_start = [&] { return static_cast<double>(draws.below(reach + 1)); };
  const auto near_end = [&] { return static_cast<double>(px - 1) - reach + draws.below(reach + 1); };
  Corners corners{};
  for (std::size_t i = 0; i < 4; ++i) {
    corners[i][0] = i == 0 || i == 3 ? near_start() : near_end();
    corners[i][1] = i < 2 ? near_start() : near_end();
  }
  return corners;
}

/// torchvision's RandomErasing.get_params: up to ten tries of an area and a log-uniform ratio, the first that fits.
EraseBox draw_erase_box(const AugmentOptions& options, int px, Draws& draws) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = px * px * draws.uniform(options.erase_area_min, options.erase_area_max);
    const double ratio = std::exp(draws.uniform(std::log(options.erase_ratio_min), std::log(options.erase_ratio_max)));
    const std::uint32_t at_y = draws.next_u32(), at_x = draws.next_u32();  // drawn before the fit is known
    const double height = std::nearbyint(std::sqrt(area * ratio)), width = std::nearbyint(std::sqrt(area / ratio));
    if (!(height < px && width < px)) continue;
    EraseBox box{0, 0, static_cast<int>(width), static_cast<int>(height)};
    const auto scaled = [](std::uint32_t draw, int n) {
      return static_cast<int>(std::uint64_t{draw} * static_cast<std::uint64_t>(n) >> 32);
    };
    box.y = scaled(at_y, px - box.height + 1);
    box.x = scaled(at_x, px - box.width + 1);
    if (box.width == 0 || box.height == 0) return {};
    return box;
  }
  return {};
}

void compose(AugmentDraw& draw, int px) {
  // torchvision's positions: pixel i covers [i, i + 1), so its centre is i + 0.5. Ours: the centre is i.
  Matrix3 flat = shift(0.5);
  if (draw.has_perspective) {
    if (const auto perspective = homography(draw.corners, frame_corners(px))) flat = product(*perspective, flat);
  }
  Matrix3 input = product(affine_to_input(draw.angle, draw.scale, px), flat);
  if (draw.flipped) input = product({-1, 0, static_cast<double>(px), 0, 1, 0, 0, 0, 1}, input);
  draw.to_flat = product(shift(-0.5), flat);
  draw.to_input = product(shift(-0.5), input);
}

}  // namespace

std::vector<std::string> validate(const AugmentOptions& o) {
  OptionFaults faults;
  faults.in_range("augment.flip", o.flip, 0, 1);
  faults.in_range("augment.degrees", o.degrees, 0, 180);
  faults.in_range("augment.scale_min", o.scale_min, 0.01, 100);
  faults.need(o.scale_max >= o.scale_min && o.scale_max <= 100, "augment.scale_max", "in [scale_min, 100]",
              o.scale_max);
  // Beyond 0.6 three corners can fall on one line.
  faults.in_range("augment.perspective", o.perspective, 0, 0.6);
  faults.in_range("augment.perspective_probability", o.perspective_probability, 0, 1);
  faults.in_range("augment.brightness", o.brightness, 0, 1);
  faults.in_range("augment.contrast", o.contrast, 0, 1);
  faults.in_range("augment.saturation", o.saturation, 0, 1);
  faults.in_range("augment.erase", o.erase, 0, 1);
  faults.in_range("augment.erase_area_min", o.erase_area_min, 0, 1);
  faults.need(o.erase_area_max >= o.erase_area_min && o.erase_area_max <= 1, "augment.erase_area_max",
              "in [erase_area_min, 1]", o.erase_area_max);
  faults.in_range("augment.erase_ratio_min", o.erase_ratio_min, 0.01, 100);
  faults.need(o.erase_ratio_max >= o.erase_ratio_min && o.erase_ratio_max <= 100, "augment.erase_ratio_max",
              "in [erase_ratio_min, 100]", o.erase_ratio_max);
  faults.in_range("augment.self_blend", o.self_blend, 0, 1);
  std::vector<std::string> all = faults.take();
  for (std::string& fault : validate(o.degradation)) all.push_back(std::move(fault));
  return all;
}

AugmentDraw draw_augmentation(const AugmentOptions& options, int crop_px, std::uint64_t seed, std::uint32_t epoch,
                              std::uint32_t slot) {
  AugmentDraw draw;
  if (!options.enabled) return draw;
  // The order of these draws is part of the results' format (docs/formats.md); none is skipped by another's outcome.
  Draws draws(seed, DrawFor::kAugment, epoch, slot);
  draw.flipped = draws.chance(options.flip);
  draw.angle = draws.uniform(-options.degrees, options.degrees);
  draw.scale = draws.uniform(options.scale_min, options.scale_max);
  draw.has_perspective = draws.chance(options.perspective_probability);
  draw.corners = draw_corners(options.perspective, crop_px, draws);
  const auto factor = [&draws](double reach) { return static_cast<float>(draws.uniform(1 - reach, 1 + reach)); };
  draw.brightness = factor(options.brightness);
  draw.contrast = factor(options.contrast);
  draw.saturation = factor(options.saturation);
  if (draws.chance(options.erase)) draw.erase = draw_erase_box(options, crop_px, draws);
  compose(draw, crop_px);
  return draw;
}

}  // namespace unmask
