#include "report/display_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace unmask {
namespace {

using Indices = std::vector<std::uint32_t>;

double distance_from_truth(const DisplayCrop& crop) { return std::abs(crop.score - (crop.label != 0 ? 1.0 : 0.0)); }

/// Those of the lowest `value`, one a video.
template <class Value>
Indices lowest_of_videos(std::span<const DisplayCrop> crops, std::size_t columns, Value value) {
  Indices order(crops.size()), chosen;
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return value(crops[i]); });
  std::set<std::uint32_t> videos;
  for (const std::uint32_t i : order) {
    if (chosen.size() == columns) break;
    if (videos.insert(crops[i].video).second) chosen.push_back(i);
  }
  return chosen;
}

struct Method {
  Indices crops;
  double distance = 0;  // mean, from the truth
};

/// The hardest first; of equally hard ones by name.
std::vector<Method> methods_of(std::span<const DisplayCrop> crops) {
  std::map<std::string_view, Method> by_name;
  for (std::uint32_t i = 0; i < crops.size(); ++i) {
    Method& method = by_name[crops[i].method];
    method.crops.push_back(i);
    method.distance += distance_from_truth(crops[i]);
  }
  std::vector<Method> methods;
  for (auto& [name, method] : by_name) {
    method.distance /= static_cast<double>(method.crops.size());
    methods.push_back(std::move(method));
  }
  std::ranges::stable_sort(methods, std::ranges::greater(), &Method::distance);
  return methods;
}

Indices crops_of_methods(std::span<const DisplayCrop> crops, std::size_t columns) {
  Indices chosen;
  std::vector<Method> methods = methods_of(crops);
  if (methods.empty()) return chosen;
  if (methods.size() > columns) methods.resize(columns);
  for (Method& method : methods) {
    std::ranges::stable_sort(method.crops, {}, [&](std::uint32_t i) { return crops[i].score; });
    const std::size_t count = std::min(method.crops.size(), columns / methods.size());
    for (std::size_t k = 0; k < count; ++k)
      chosen.push_back(method.crops[(2 * k + 1) * method.crops.size() / (2 * count)]);
  }
  return chosen;
}

}  // namespace

std::vector<DisplayRow> plan_display(std::span<const DisplayCrop> crops, std::size_t columns) {
  return {{"furthest from the truth, one a video",
           lowest_of_videos(crops, columns, [](const DisplayCrop& crop) { return -distance_from_truth(crop); })},
          {"closest to 0.5, one a video",
           lowest_of_videos(crops, columns, [](const DisplayCrop& crop) { return std::abs(crop.score - 0.5); })},
          {"of each method, the hardest first", crops_of_methods(crops, columns)}};
}

std::size_t display_columns(std::size_t datasets) {
  return std::clamp<std::size_t>(8 / std::max<std::size_t>(1, datasets), 3, 8);
}

}  // namespace unmask
