#include "launch/run/chosen_familiarity.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "model/score/crop_scorer.h"
#include "model/score/sharpness.h"

namespace unmask {
namespace {

constexpr std::size_t kBatch = 64;  // crops in memory at a time

std::vector<std::uint32_t> evenly_spaced(std::size_t all, std::size_t most) {
  const std::size_t count = std::min(all, most);
  std::vector<std::uint32_t> picked(count);
  for (std::size_t i = 0; i < count; ++i) picked[i] = static_cast<std::uint32_t>(i * all / count);
  return picked;
}

}  // namespace

Familiarity fit_chosen_familiarity(const std::filesystem::path& model, const SampleList& samples,
                                   const std::vector<std::uint32_t>& fold_of, const std::string& fitted_on,
                                   const ScoreOptions& options, const std::function<bool()>& stop) {
  CropScorer scorer(model, options);
  const std::vector<std::uint32_t> picked = evenly_spaced(samples.size(), kMostFamiliarFaces);
  const auto px = static_cast<std::size_t>(samples.crop_px());
  std::vector<float> features;
  std::vector<double> sharp;
  std::vector<std::uint32_t> folds;
  for (std::size_t first = 0; first < picked.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, picked.size() - first);
    std::vector<std::uint8_t> pixels(count * px * px * 3);
    std::vector<std::span<const std::uint8_t>> crops;
    for (std::size_t i = 0; i < count; ++i) {
      const std::span<std::uint8_t> crop = std::span(pixels).subspan(i * px * px * 3, px * px * 3);
      samples.read(picked[first + i], crop);
      crops.emplace_back(crop);
      sharp.push_back(sharpness(crop, samples.crop_px()));
      folds.push_back(fold_of[picked[first + i]]);
    }
    const CropLooks looks = scorer.look(crops);
    features.insert(features.end(), looks.features.begin(), looks.features.end());
    if (stop()) throw Error(ErrorKind::kStopped, "stopped on request");
  }
  return fit_familiarity(features, scorer.feature_count(), sharp, folds, fitted_on);
}

}  // namespace unmask
