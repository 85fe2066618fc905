#include "model/score/familiarity.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace unmask {
namespace {

constexpr char kMean[] = "familiarity.mean", kCovariance[] = "familiarity.covariance";

/// At most kUnfamiliarShare of the values lie above it.
double upper_limit(std::vector<double> values) {
  std::ranges::sort(values, std::greater<>());
  return values[static_cast<std::size_t>(kUnfamiliarShare * static_cast<double>(values.size()))];
}

/// Of each face to the Gaussian of the other folds.
std::vector<double> held_out_distances(std::span<const float> features, std::size_t p,
                                       std::span<const std::uint32_t> fold_of) {
  std::vector<double> distances(fold_of.size());
  for (const std::uint32_t fold : std::set<std::uint32_t>(fold_of.begin(), fold_of.end())) {
    std::vector<float> others;
    for (std::size_t i = 0; i < fold_of.size(); ++i) {
      const std::span<const float> row = features.subspan(i * p, p);
      if (fold_of[i] != fold) others.insert(others.end(), row.begin(), row.end());
    }
    if (others.size() < 2 * p) throw Error(ErrorKind::kData, "takes faces of two groups of people or more");
    const MahalanobisDistance distance(fit_feature_gaussian(others, p));
    for (std::size_t i = 0; i < fold_of.size(); ++i)
      if (fold_of[i] == fold) distances[i] = distance.of(features.subspan(i * p, p));
  }
  return distances;
}

std::vector<double> doubles_of(const SafetensorsFile& model, const char* name) {
  const TensorBytes* tensor = model.find(name);
  if (tensor == nullptr || tensor->dtype != "F64")
    throw Error(ErrorKind::kData, std::string("tensor ") + name + " is missing, or not F64");
  std::vector<double> values(tensor->bytes.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
  if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); }))
    throw Error(ErrorKind::kData, std::string("tensor ") + name + " holds a value that is not finite");
  return values;
}

}  // namespace

Familiarity fit_familiarity(std::span<const float> features, std::size_t p, std::span<const double> sharpness,
                            std::span<const std::uint32_t> fold_of, const std::string& fitted_on) {
  if (sharpness.size() < kLeastFamiliarFaces) {
    throw Error(ErrorKind::kData, "takes " + std::to_string(kLeastFamiliarFaces) + " faces or more, and there are " +
                                      std::to_string(sharpness.size()));
  }
  Familiarity familiarity{fitted_on, static_cast<std::int64_t>(sharpness.size()), {}, {}};
  familiarity.limits.distance = upper_limit(held_out_distances(features, p, fold_of));
  std::vector<double> bluntness;
  for (const double value : sharpness) bluntness.push_back(-value);
  familiarity.limits.sharpness = -upper_limit(bluntness);
  familiarity.gaussian = fit_feature_gaussian(features, p);
  return familiarity;
}

std::string to_json(const Familiarity& familiarity) {
  return nlohmann::ordered_json{{"format", kFamiliarityFormat},
                                {"fitted_on", familiarity.fitted_on},
                                {"faces", familiarity.faces},
                                {"share", kUnfamiliarShare},
                                {"shrinkage", familiarity.gaussian.shrinkage},
                                {"distance_limit", familiarity.limits.distance},
                                {"sharpness_limit", familiarity.limits.sharpness}}
      .dump();
}

std::vector<TensorBytes> familiarity_tensors(const Familiarity& familiarity) {
  const FeatureGaussian& gaussian = familiarity.gaussian;
  const auto p = static_cast<std::int64_t>(gaussian.mean.size());
  return {{kMean, "F64", {p}, std::as_bytes(std::span(gaussian.mean))},
          {kCovariance, "F64", {p, p}, std::as_bytes(std::span(gaussian.covariance))}};
}

std::optional<Familiarity> familiarity_of(const SafetensorsFile& model) {
  const auto text = model.metadata().find(kFamiliarityKey);
  if (text == model.metadata().end()) return std::nullopt;
  try {
    const nlohmann::json json = nlohmann::json::parse(text->second);
    if (json.at("format") != kFamiliarityFormat)
      throw Error(ErrorKind::kData, "format is " + json.at("format").dump() + ", wanted " + kFamiliarityFormat);
    Familiarity familiarity{json.at("fitted_on").get<std::string>(),
                            json.at("faces").get<std::int64_t>(),
                            {json.at("distance_limit").get<double>(), json.at("sharpness_limit").get<double>()},
                            {doubles_of(model, kMean), doubles_of(model, kCovariance), json.at("shrinkage")}};
    const MahalanobisDistance checked(familiarity.gaussian);
    return familiarity;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData, std::string("the model's familiarity is damaged: ") + error.what());
  }
}

}  // namespace unmask
