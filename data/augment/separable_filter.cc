#include "data/augment/separable_filter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace unmask {
namespace {

constexpr double kWhole = 65536;

/// The weights of one output place: input place → weight.
struct Row {
  int first = 0;
  std::vector<double> weights;
  void add(int place, double weight) {
    if (weights.empty()) first = place;
    if (place < first) {
      weights.insert(weights.begin(), static_cast<std::size_t>(first - place), 0.0);
      first = place;
    }
    const auto at = static_cast<std::size_t>(place - first);
    if (at >= weights.size()) weights.resize(at + 1);
    weights[at] += weight;
  }
};

FilterTaps taps_of(int px, std::vector<Row>& rows) {
  FilterTaps taps;
  taps.inputs = px;
  for (const Row& row : rows) taps.count = std::max(taps.count, static_cast<int>(row.weights.size()));
  const auto count = static_cast<std::size_t>(taps.count);
  for (Row& row : rows) {
    const int first = std::min(row.first, px - taps.count);
    row.weights.insert(row.weights.begin(), static_cast<std::size_t>(row.first - first), 0.0);
    row.weights.resize(count);
    double sum = 0;
    for (const double weight : row.weights) sum += weight;
    std::int64_t left = static_cast<std::int64_t>(kWhole);
    const std::size_t begin = taps.weights.size();
    for (const double weight : row.weights) {
      taps.weights.push_back(static_cast<std::uint32_t>(std::lround(weight / sum * kWhole)));
      left -= taps.weights.back();
    }
    // What rounding left over goes where it matters least.
    const auto largest =
        std::max_element(taps.weights.begin() + static_cast<std::ptrdiff_t>(begin), taps.weights.end());
    *largest = static_cast<std::uint32_t>(std::int64_t{*largest} + left);
    taps.first.push_back(first);
  }
  return taps;
}

int mirrored(int place, int px) {
  if (px == 1) return 0;
  const int period = 2 * (px - 1), at = ((place % period) + period) % period;
  return at < px ? at : period - at;
}

// Integers come out the same whatever the compiler makes of these loops, so it may make one for each processor.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define UNMASK_EVERY_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define UNMASK_EVERY_PROCESSOR
#endif

UNMASK_EVERY_PROCESSOR void add_row(std::uint32_t* sum, const std::uint8_t* row, std::uint32_t weight,
                                    std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) sum[i] += weight * row[i];
}

UNMASK_EVERY_PROCESSOR void add_row(std::uint32_t* sum, const std::uint16_t* row, std::uint32_t weight,
                                    std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) sum[i] += weight * row[i];
}

/// Each row of the output is a mean of input rows: [taps.inputs, width] → [taps.outputs(), width].
template <typename In, typename Out>
void mix_rows(const In* in, std::size_t width, const FilterTaps& taps, std::uint32_t half, int shift,
              std::vector<std::uint32_t>& sums, Out store) {
  sums.resize(width);
  for (int y = 0; y < taps.outputs(); ++y) {
    std::fill(sums.begin(), sums.end(), half);
    const std::uint32_t* weights =
        taps.weights.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(taps.count);
    std::uint32_t* sum = sums.data();
    for (int k = 0; k < taps.count; ++k) {
      const std::uint32_t weight = weights[k];
      if (weight == 0) continue;
      const In* row = in + static_cast<std::size_t>(taps.first[static_cast<std::size_t>(y)] + k) * width;
      add_row(sum, row, weight, width);
    }
    for (std::size_t i = 0; i < width; ++i) sum[i] >>= shift;
    store(static_cast<std::size_t>(y), sum);
  }
}

}  // namespace

FilterTaps gaussian_taps(int px, double sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<double> weights;
  for (int k = -radius; k <= radius; ++k) weights.push_back(std::exp(-0.5 * (k / sigma) * (k / sigma)));
  std::vector<Row> rows(static_cast<std::size_t>(px));
  for (int i = 0; i < px; ++i) {
    for (int k = -radius; k <= radius; ++k) {
      rows[static_cast<std::size_t>(i)].add(mirrored(i + k, px), weights[static_cast<std::size_t>(k + radius)]);
    }
  }
  return taps_of(px, rows);
}

FilterTaps area_taps(int px, int to) {
  std::vector<Row> rows(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    // In units of 1 / to of an input pixel, exact.
    const std::int64_t begin = std::int64_t{i} * px, end = begin + px;
    for (std::int64_t place = begin / to; place * to < end; ++place) {
      const std::int64_t part = std::min(end, (place + 1) * to) - std::max(begin, place * to);
      rows[static_cast<std::size_t>(i)].add(static_cast<int>(place), static_cast<double>(part));
    }
  }
  return taps_of(px, rows);
}

FilterTaps linear_taps(int px, int to, double offset, double step) {
  std::vector<Row> rows(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double at = std::clamp(offset + i * step, 0.0, static_cast<double>(px - 1));
    const int place = std::min(static_cast<int>(at), std::max(0, px - 2));
    rows[static_cast<std::size_t>(i)].add(place, 1 - (at - place));
    if (place + 1 < px) rows[static_cast<std::size_t>(i)].add(place + 1, at - place);
  }
  return taps_of(px, rows);
}

FilterTaps scaling_taps(int px, int to) {
  const double step = static_cast<double>(px) / to;
  return linear_taps(px, to, 0.5 * step - 0.5, step);
}

void filter(std::span<const std::uint8_t> pixels, int channels, const FilterTaps& across, const FilterTaps& down,
            std::span<std::uint8_t> output) {
  thread_local std::vector<std::uint32_t> sums;
  thread_local std::vector<std::uint16_t> turned;
  const auto depth = static_cast<std::size_t>(channels), width = static_cast<std::size_t>(across.inputs);
  const auto new_width = static_cast<std::size_t>(across.outputs()), height = static_cast<std::size_t>(down.outputs());
  turned.resize(width * height * depth);
  // Both axes go by rows, which are contiguous: between them the picture is turned, [x, y, channel].
  mix_rows(pixels.data(), width * depth, down, 1u << 7, 8, sums, [&](std::size_t y, const std::uint32_t* row) {
    for (std::size_t x = 0; x < width; ++x) {
      for (std::size_t c = 0; c < depth; ++c) {
        turned[(x * height + y) * depth + c] = static_cast<std::uint16_t>(row[x * depth + c]);
      }
    }
  });
  mix_rows(turned.data(), height * depth, across, 1u << 23, 24, sums, [&](std::size_t x, const std::uint32_t* row) {
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t c = 0; c < depth; ++c) {
        output[(y * new_width + x) * depth + c] = static_cast<std::uint8_t>(row[y * depth + c]);
      }
    }
  });
}

}  // namespace unmask
