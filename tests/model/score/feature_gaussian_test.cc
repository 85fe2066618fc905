#include "model/score/feature_gaussian.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/philox.h"
#include "model/files/safetensors.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// Rows that are alike: each value leans on the one before it.
std::vector<float> drawn_rows(std::size_t n, std::size_t p) {
  Draws draws(5, DrawFor::kSynth);
  std::vector<float> rows;
  for (std::size_t i = 0; i < n; ++i) {
    double value = 0;
    for (std::size_t j = 0; j < p; ++j) {
      value = 0.8 * value + draws.normal() * (1 + 0.1 * static_cast<double>(j)) + 0.5;
      rows.push_back(static_cast<float>(value));
    }
  }
  return rows;
}

std::vector<double> tensor(const SafetensorsFile& file, const std::string& name) {
  const TensorBytes& bytes = *file.find(name);
  std::vector<double> values(bytes.bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.bytes.data(), bytes.bytes.size());
  return values;
}

double largest_difference(const std::vector<double>& got, const std::vector<double>& wanted) {
  double largest = got.size() == wanted.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < wanted.size() && largest < 1e9; ++i)
    largest = std::max(largest, std::abs(got[i] - wanted[i]));
  return largest;
}

TEST(FeatureGaussianTest, IsScikitLearnsLedoitWolf) {
  const test_support::TemporaryFolder folder;
  for (const auto& [n, p] : {std::pair<std::size_t, std::size_t>{400, 16}, {30, 48}}) {
    const std::vector<float> rows = drawn_rows(n, p);
    write_file_durably(folder / "rows",
                       std::string_view(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(float)));
    test_support::run_python("tests/model/score/familiarity_reference.py",
                             {"gaussian", folder / "rows", std::to_string(p), folder / "reference"});
    const SafetensorsFile reference(folder / "reference", SafetensorsFile::Digest::kIfPresent);
    const FeatureGaussian gaussian = fit_feature_gaussian(rows, p);
    EXPECT_NEAR(gaussian.shrinkage, tensor(reference, "shrinkage")[0], 1e-12);
    EXPECT_GT(gaussian.shrinkage, 1e-3);
    EXPECT_LT(largest_difference(gaussian.mean, tensor(reference, "mean")), 1e-12);
    EXPECT_LT(largest_difference(gaussian.covariance, tensor(reference, "covariance")), 1e-10);
    const MahalanobisDistance distance(gaussian);
    std::vector<double> distances;
    for (std::size_t i = 0; i < n; ++i) distances.push_back(distance.of(std::span(rows).subspan(i * p, p)));
    EXPECT_LT(largest_difference(distances, tensor(reference, "distances")), 1e-9);
  }
}

TEST(FeatureGaussianTest, WhatIsNoCovarianceIsRefused) {
  EXPECT_THROW(MahalanobisDistance({{0, 0}, {1, 0, 0, 0}}), Error);
  EXPECT_THROW(MahalanobisDistance({{0, 0}, {1, 2, 2, 1}}), Error);
  EXPECT_THROW(MahalanobisDistance({{0, 0}, {1, 0, 0}}), Error);
  EXPECT_THROW(MahalanobisDistance(FeatureGaussian{}), Error);
  EXPECT_THROW(MahalanobisDistance(fit_feature_gaussian(std::vector<float>(12, 1.0f), 3)), Error) << "all alike";
}

}  // namespace
}  // namespace unmask
