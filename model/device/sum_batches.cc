#include "model/device/sum_batches.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "dist/fixed_point.h"

namespace unmask {

static_assert(std::is_same_v<long, std::int64_t>);

SumBatches::SumBatches(SumLauncher launcher, std::span<std::int64_t> sums, std::span<bool> bad)
    : launcher_(std::move(launcher)) {
  batch_.sums = sums.data();
  batch_.bad = bad.data();
}

void SumBatches::begin(double limit, double divisor) {
  batch_.scale = static_cast<float>(static_cast<double>(std::int64_t{1} << kFixedPointBits) / divisor);
  batch_.limit = float_limit(limit * divisor);
}

void SumBatches::add(const StepSums::Range& range, std::span<const float* const> gradients, bool fresh,
                     const std::shared_ptr<const void>& owner) {
  if (range.size == 0) return;
  while (!gradients.empty()) {
    // Launches run one after another, blocks of one launch beside each other: a tensor has one piece a launch.
    const bool waits = std::any_of(batch_.pieces, batch_.pieces + batch_.piece_count, [&](const SumPiece& piece) {
      return piece.tensor == static_cast<unsigned>(range.tensor);
    });
    if (waits || batch_.piece_count == kSumPieces || batch_.addend_count == kSumAddends) launch();
    const std::size_t count = std::min<std::size_t>(gradients.size(), kSumAddends - batch_.addend_count);
    owners_[batch_.piece_count] = owner;
    batch_.pieces[batch_.piece_count++] = {.offset = static_cast<long>(range.offset),
                                           .size = static_cast<long>(range.size),
                                           .tensor = static_cast<unsigned>(range.tensor),
                                           .first_addend = batch_.addend_count,
                                           .addend_count = static_cast<unsigned>(count),
                                           .first_block = blocks_,
                                           .fresh = fresh};
    std::ranges::copy(gradients.first(count), batch_.addends + batch_.addend_count);
    batch_.addend_count += static_cast<unsigned>(count);
    blocks_ += static_cast<unsigned>((range.size + kSumBlock - 1) / kSumBlock);
    gradients = gradients.subspan(count);
    fresh = false;
  }
}

void SumBatches::launch() {
  if (batch_.piece_count == 0) return;
  const SumBatch batch = batch_;
  const unsigned blocks = blocks_;
  const auto owners = std::exchange(owners_, {});          // until it is launched
  batch_.piece_count = batch_.addend_count = blocks_ = 0;  // also where the launch fails
  launcher_(batch, blocks);
}

}  // namespace unmask
