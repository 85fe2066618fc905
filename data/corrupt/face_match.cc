#include "data/corrupt/face_match.h"

#include <algorithm>
#include <cstdint>

namespace unmask {
namespace {

constexpr double kSame = 0.3;

double area_of(const FaceBox& box) { return static_cast<double>(box.width) * box.height; }

double shared(std::int32_t a, std::int32_t a_size, std::int32_t b, std::int32_t b_size) {
  const auto end = std::min(std::int64_t{a} + a_size, std::int64_t{b} + b_size);
  return static_cast<double>(std::max<std::int64_t>(0, end - std::max(a, b)));
}

/// Common area over that of both together.
double overlap(const FaceBox& a, const FaceBox& b) {
  const double common = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
  const double both = area_of(a) + area_of(b) - common;
  return both > 0 ? common / both : 0;
}

}  // namespace

std::optional<std::size_t> same_face(const FaceBox& face, std::span<const FaceBox> found) {
  std::optional<std::size_t> best;
  double most = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double each = overlap(face, found[i]);
    if (each < kSame || each <= most) continue;
    most = each;
    best = i;
  }
  return best;
}

}  // namespace unmask
