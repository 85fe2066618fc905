#include "launch/check/memory_estimate.h"

#include <algorithm>

#include "model/network_shapes.h"

namespace unmask {
namespace {

// LibTorch's libraries and what they set up, and MPI's; on a GPU CUDA's context. Measured: what a rank's peak is above
// the sum of the rest (memory_estimate_test).
constexpr std::int64_t kProgramBytes = 600'000'000;
constexpr std::int64_t kKeptGradients = 4;    // microbatches whose gradients wait for their sum (train_step.cc)
constexpr std::int64_t kBatchesUnderWay = 3;  // of crops: read, in work, on their way back

/// Weights, Adam's two moments, best weights, totals of gradients: 4 bytes each; sums of 8; a snapshot of a checkpoint
/// that is being written (weights, moments, best).
std::int64_t state_bytes(std::int64_t parameters) { return parameters * (4 * (5 + kKeptGradients) + 8 + 4 * 4); }

}  // namespace

std::int64_t rank_peak_bytes(const TrialOptions& options, int crop_px) {
  const TrainOptions& train = options.train;
  const std::int64_t whole = train.global_batch_size;
  const std::int64_t samples =
      train.microbatch_size == 0 ? whole : std::min<std::int64_t>(whole, train.microbatch_size);
  const bool halves = train.precision == TrainPrecision::kFp16 ||
                      (train.precision == TrainPrecision::kBf16 && train.bf16_arithmetic == Bf16Arithmetic::kNative);
  const std::int64_t crop = std::int64_t{3} * crop_px * crop_px;
  const std::int64_t image =
      kept_values(options.model.architecture, crop_px) * (halves ? 2 : 4) + crop * (4 + 4 + kBatchesUnderWay);
  return kProgramBytes + state_bytes(element_count(network_shapes(options.model).parameters)) + samples * image;
}

}  // namespace unmask
