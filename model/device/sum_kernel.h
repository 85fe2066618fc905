// The arithmetic of a device's sums in fixed point, for the host's compiler and for NVRTC, which gets this file as its
// whole source: it includes nothing. `long` is 64 bits in both. Batches are made by model/device/sum_batches.h.
#pragma once

#ifdef __CUDACC_RTC__
#define UNMASK_ON_DEVICE __device__
#else
#define UNMASK_ON_DEVICE
#endif

namespace unmask {

/// Of one tensor: sums[offset + i] = (fresh ? 0 : sums[offset + i]) + Σ addends[first_addend + k][i], i < size.
struct SumPiece {
  long offset, size;
  unsigned tensor, first_addend, addend_count;
  unsigned first_block;  // of the grid; a block has kSumBlock elements
  bool fresh;
};

constexpr unsigned kSumPieces = 64, kSumAddends = 160, kSumBlock = 2048, kSumThreads = 256;

/// One launch, passed by value: all in the 4 KiB that every driver gives a kernel's parameters.
struct SumBatch {
  long* sums;
  bool* bad;           // by tensor; set where a value is not finite or above the limit
  float scale, limit;  // a power of two; the largest magnitude
  unsigned piece_count, addend_count;
  SumPiece pieces[kSumPieces];
  const float* addends[kSumAddends];
};
static_assert(sizeof(long) == 8 && sizeof(SumBatch) <= 4096, "a kernel's parameters");

/// The nearest integer, ties to even. The product is exact: a power of two moves the exponent alone, and within the
/// limit it stays below 2^62. (A product that is subnormal isn't, but its integer is 0 however it is rounded.)
UNMASK_ON_DEVICE inline long fixed_addend(float value, float scale) {
#ifdef __CUDACC_RTC__
  return __float2ll_rn(value * scale);
#else
  return __builtin_llrintf(value * scale);
#endif
}

/// Sums one element. False: some value doesn't fit; it counts as 0. Unsigned, so that no sum overflows undefinedly.
UNMASK_ON_DEVICE inline bool sum_element(const SumBatch& batch, const SumPiece& piece, long i) {
  long& target = batch.sums[piece.offset + i];
  unsigned long sum = piece.fresh ? 0 : static_cast<unsigned long>(target);
  bool good = true;
  for (unsigned k = 0; k < piece.addend_count; ++k) {
    const float value = batch.addends[piece.first_addend + k][i];
    const bool fits = (value < 0 ? -value : value) <= batch.limit;  // false for a NaN
    if (fits) sum += static_cast<unsigned long>(fixed_addend(value, batch.scale));
    good = good && fits;
  }
  target = static_cast<long>(sum);
  return good;
}

/// What thread `thread` of block `block` does. `threads` a block; the host's loop may take one.
UNMASK_ON_DEVICE inline void sum_block(const SumBatch& batch, unsigned block, unsigned thread, unsigned threads) {
  unsigned p = 0;
  while (p + 1 < batch.piece_count && batch.pieces[p + 1].first_block <= block) ++p;
  const SumPiece& piece = batch.pieces[p];
  const long begin = static_cast<long>(block - piece.first_block) * kSumBlock;
  const long end = begin + kSumBlock < piece.size ? begin + kSumBlock : piece.size;
  bool good = true;
  for (long i = begin + thread; i < end; i += threads) good = sum_element(batch, piece, i) && good;
  if (!good) batch.bad[piece.tensor] = true;  // all that write it write the same
}

}  // namespace unmask

#ifdef __CUDACC_RTC__
extern "C" __global__ void sum_batch(const __grid_constant__ unmask::SumBatch batch) {
  unmask::sum_block(batch, blockIdx.x, threadIdx.x, blockDim.x);
}
#endif
