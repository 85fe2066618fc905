// What faces a model has seen the like of: as far from a Gaussian of its features, and as sharp, as all but a few of
// the faces that it was calibrated on. Kept in its file beside the calibration (docs/formats.md).
//
//   const Familiarity familiarity = fit_familiarity(features, 512, sharpness, fold_of, "calibration");
//   tensors.append(familiarity_tensors(familiarity)), metadata[kFamiliarityKey] = to_json(familiarity);
//   …
//   const std::optional<Familiarity> familiarity = familiarity_of(SafetensorsFile(path, …));
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/files/safetensors.h"
#include "model/score/feature_gaussian.h"

namespace unmask {

inline constexpr char kFamiliarityKey[] = "familiarity";
inline constexpr char kFamiliarityFormat[] = "unmask.familiarity.1";
inline constexpr char kFamiliarityTensors[] = "familiarity.";  // how their names begin

/// Share of the faces that lie beyond a limit.
inline constexpr double kUnfamiliarShare = 0.005;
/// Fewer faces tell nothing of one in 200; more than the second add nothing but time.
inline constexpr std::size_t kLeastFamiliarFaces = 200, kMostFamiliarFaces = 4096;
inline constexpr std::uint32_t kFamiliarityFolds = 5;

/// A face beyond a limit is unlike those that the model knows.
struct FamiliarityLimits {
  double distance = 0;   // largest Mahalanobis distance
  double sharpness = 0;  // smallest
};

struct Familiarity {
  std::string fitted_on;  // as Calibration's
  std::int64_t faces = 0;
  FamiliarityLimits limits;
  FeatureGaussian gaussian;
};

/// `features`: a row of p a face; `fold_of`: below kFamiliarityFolds, people of one group in one fold. The limit of the
/// distance is taken where a face's fold was left out of the Gaussian: of few faces one that knows them is far nearer
/// to them than to others. THROWS Error(kData) for fewer than kLeastFamiliarFaces or fewer than two folds.
Familiarity fit_familiarity(std::span<const float> features, std::size_t p, std::span<const double> sharpness,
                            std::span<const std::uint32_t> fold_of, const std::string& fitted_on);

std::string to_json(const Familiarity& familiarity);
/// Names and bytes of the Gaussian, which must outlive them.
std::vector<TensorBytes> familiarity_tensors(const Familiarity& familiarity);
/// Nothing where the file has none. THROWS Error(kData).
std::optional<Familiarity> familiarity_of(const SafetensorsFile& model);

}  // namespace unmask
