#include "model/norm/fused_norm.h"

#include <cmath>
#include <vector>

#include "model/norm/fused_norm_kernels.h"

namespace unmask {

namespace {

const FusedNormKernels::OfStorage& of_storage(const FusedNorm& norm) {
  return fused_norm_kernels().chosen().storages[static_cast<int>(norm.storage)];
}

const FusedNormKernels::Layer& of_layer(const FusedNorm& norm) {
  return of_storage(norm).layers[norm.relu ? 1 : 0][norm.residual != nullptr ? 1 : 0];
}

/// The first row, which the sums are shifted by.
double first_value(const FusedNorm& norm, std::int64_t channel) {
  if (norm.storage != Storage::kBf16) return static_cast<const float*>(norm.input)[channel];
  const std::uint32_t bits = std::uint32_t{static_cast<const std::uint16_t*>(norm.input)[channel]} << 16;
  return __builtin_bit_cast(float, bits);
}

}  // namespace

void fused_norm_statistics(const FusedNorm& norm, double epsilon, double momentum, float* running_mean,
                           float* running_var) {
  const auto channels = static_cast<std::size_t>(norm.channels);
  std::vector<double> sums(2 * channels, 0.0);
  of_storage(norm).sum_moments(norm, sums.data());
  const auto count = static_cast<double>(norm.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double shifted = sums[c] / count;
    const double variance = std::fmax(sums[channels + c] / count - shifted * shifted, 0.0);
    const bool finite = std::isfinite(sums[channels + c]);  // fmax would hide a NaN
    const double mean = first_value(norm, static_cast<std::int64_t>(c)) + shifted;
    norm.mean[c] = static_cast<float>(mean);
    norm.inverse_deviation[c] = finite ? static_cast<float>(1.0 / std::sqrt(variance + epsilon)) : NAN;
    const double unbiased = finite ? variance * count / (count - 1.0) : static_cast<double>(NAN);
    running_mean[c] = static_cast<float>(momentum * mean + (1.0 - momentum) * static_cast<double>(running_mean[c]));
    running_var[c] = static_cast<float>(momentum * unbiased + (1.0 - momentum) * static_cast<double>(running_var[c]));
  }
}

void fused_norm_forward(const FusedNorm& norm, void* output) { of_layer(norm).normalise(norm, output); }

void fused_norm_backward(const FusedNorm& norm, const void* output, const void* output_gradient, void* input_gradient,
                         void* residual_gradient, float* weight_gradient, float* bias_gradient) {
  const auto channels = static_cast<std::size_t>(norm.channels);
  std::vector<double> sums(2 * channels, 0.0);
  const FusedNormKernels::Layer& layer = of_layer(norm);
  layer.sum_gradients(norm, output, output_gradient, residual_gradient, sums.data());
  std::vector<float> shift(channels), slope(channels);
  const auto count = static_cast<double>(norm.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto inverse = static_cast<double>(norm.inverse_deviation[c]);
    bias_gradient[c] = static_cast<float>(sums[c]);
    weight_gradient[c] = static_cast<float>(sums[channels + c] * inverse);
    shift[c] = static_cast<float>(sums[c] / count);
    slope[c] = static_cast<float>(sums[channels + c] * inverse * inverse / count);
  }
  const void* before_relu = norm.residual != nullptr ? residual_gradient : output_gradient;
  layer.spread_gradient(norm, before_relu, shift.data(), slope.data(), input_gradient);
}

void round_to_bf16(const float* values, float* rounded, std::int64_t count) {
  fused_norm_kernels().chosen().round_values(values, rounded, count);
}

}  // namespace unmask
