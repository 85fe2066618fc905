// The arithmetic of a device's crops, for the host's compiler and for NVRTC, which gets this file as its whole source:
// it includes nothing. From bytes to normalised images of the compute type in one launch, without temporaries: the bits
// of augment() and normalise() of data/augment. Each pixel goes through the operations of data/augment/augment_lanes.h
// in that order, each rounded to float. What both compilers must agree on:
// - No product is fused with a sum: -ffp-contract=off and --fmad=false.
// - Quotients are IEEE's, and subnormals are kept: NVRTC's defaults.
// - The smaller of two values is chosen by a comparison, which says what becomes of NaN and -0; fminf leaves -0 open.
// - A float becomes an integer by a cast, toward zero, where it fits: beyond, a device saturates, a host does anything.
// - The one sum over pixels is of integers: threads may add in any order.
#pragma once

#ifdef __CUDACC_RTC__
#define UNMASK_ON_DEVICE __device__
#else
#define UNMASK_ON_DEVICE
#endif

namespace unmask {

/// A row and a crop of AugmentTable (data/augment/augment_table.h), whose order this is.
struct CropRow {
  float x0, y0, w0, begin, end;
};
struct CropDraw {
  float x_step, y_step, w_step, brightness, contrast, saturation, erase_x, erase_y, erase_width, erase_height;
};

enum class ImageType : unsigned { kF32, kBf16, kF16 };

/// One launch, a block of kCropThreads a crop.
struct CropLaunch {
  const unsigned char* bytes;      // [crops, px, px, 3]
  const CropRow* rows;             // [crops, px]; null: nothing is augmented, only normalised
  const CropDraw* draws;           // [crops]
  void* images;                    // [crops, px, px, 3] of `type`: a channels_last tensor's memory
  float multiply[3], subtract[3];  // normalisation: value * multiply - subtract
  ImageType type;
  unsigned crops;
  int px;
};

constexpr unsigned kCropThreads = 1024;

namespace crop_kernel {

struct Rgb {
  float channel[3];
};

/// From 0 to `most`; a NaN and -0 become 0.
UNMASK_ON_DEVICE inline float within(float value, float most) {
  const float above = value > 0.0f ? value : 0.0f;
  return above < most ? above : most;
}

UNMASK_ON_DEVICE inline float grey(const Rgb& c) {
  return c.channel[0] * 0.299f + c.channel[1] * 0.587f + c.channel[2] * 0.114f;
}

UNMASK_ON_DEVICE inline const unsigned char* bytes_of(const CropLaunch& launch, unsigned crop) {
  return launch.bytes + static_cast<long>(crop) * launch.px * launch.px * 3;
}

/// A byte at a place that counts from a black border of one pixel; all around is black.
UNMASK_ON_DEVICE inline float tap(const unsigned char* rgb, int px, int line, int column, int channel) {
  const bool inside = line > 0 && line <= px && column > 0 && column <= px;
  return inside ? static_cast<float>(rgb[((line - 1) * px + column - 1) * 3 + channel]) : 0.0f;
}

/// Warped, with the brightness changed.
UNMASK_ON_DEVICE inline Rgb warped(const CropLaunch& launch, unsigned crop, int y, int x) {
  const CropRow& row = launch.rows[static_cast<long>(crop) * launch.px + y];
  const CropDraw& draw = launch.draws[crop];
  Rgb result{};
  const float along = static_cast<float>(x);
  if (!(along >= row.begin && along < row.end)) return result;
  const float end = static_cast<float>(launch.px + 1);
  const float w = along * draw.w_step + row.w0;
  const float u = within((along * draw.x_step + row.x0) / w, end), v = within((along * draw.y_step + row.y0) / w, end);
  const int column = static_cast<int>(u), line = static_cast<int>(v);
  const float right = u - static_cast<float>(column), down = v - static_cast<float>(line);
  const float left = 1.0f - right, up = 1.0f - down;
  const unsigned char* rgb = bytes_of(launch, crop);
  for (int k = 0; k < 3; ++k) {
    const float top =
        tap(rgb, launch.px, line, column, k) * (left * up) + tap(rgb, launch.px, line, column + 1, k) * (right * up);
    const float bottom = tap(rgb, launch.px, line + 1, column, k) * (left * down) +
                         tap(rgb, launch.px, line + 1, column + 1, k) * (right * down);
    result.channel[k] = within((top + bottom) * draw.brightness, 255.0f);
  }
  return result;
}

/// Contrast about the crop's mean grey, then saturation. `contrast_part`: (1 - contrast) * mean.
UNMASK_ON_DEVICE inline Rgb coloured(const CropDraw& draw, float contrast_part, Rgb c) {
  for (float& value : c.channel) value = within(value * draw.contrast + contrast_part, 255.0f);
  const float grey_part = grey(c) * (1.0f - draw.saturation);
  for (float& value : c.channel) value = within(value * draw.saturation + grey_part, 255.0f);
  return c;
}

UNMASK_ON_DEVICE inline bool is_erased(const CropDraw& draw, int y, int x) {
  const float line = static_cast<float>(y), column = static_cast<float>(x);
  return column >= draw.erase_x && column < draw.erase_x + draw.erase_width && line >= draw.erase_y &&
         line < draw.erase_y + draw.erase_height;
}

UNMASK_ON_DEVICE inline unsigned bits_of(float value) {
#ifdef __CUDACC_RTC__
  return __float_as_uint(value);
#else
  return __builtin_bit_cast(unsigned, value);
#endif
}

/// The nearest bf16, ties to even. REQUIRES: finite.
UNMASK_ON_DEVICE inline unsigned short bf16_bits(float value) {
  const unsigned bits = bits_of(value);
  return static_cast<unsigned short>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

/// The nearest half, ties to even. REQUIRES: below 65536; a normalised pixel is below 3.
UNMASK_ON_DEVICE inline unsigned short half_bits(float value) {
  const unsigned bits = bits_of(value), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  if (magnitude < 0x38800000u) {  // below 2^-14: a multiple of 2^-24, which is what a sum with 0.5 rounds to
    const float sum = (value < 0.0f ? -value : value) + 0.5f;
    return static_cast<unsigned short>(sign | (bits_of(sum) - 0x3f000000u));
  }
  return static_cast<unsigned short>(sign | (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13);
}

UNMASK_ON_DEVICE inline void put(const CropLaunch& launch, long place, float value) {
  switch (launch.type) {
    case ImageType::kF32: static_cast<float*>(launch.images)[place] = value; break;
    case ImageType::kBf16: static_cast<unsigned short*>(launch.images)[place] = bf16_bits(value); break;
    case ImageType::kF16: static_cast<unsigned short*>(launch.images)[place] = half_bits(value); break;
  }
}

}  // namespace crop_kernel

/// Of the pixels of a crop that are thread `thread`'s of `threads`: the sum of their grey times 256, rounded. What all
/// threads' sums come to is the `grey_sum` of write_crop. 0 where nothing is augmented.
UNMASK_ON_DEVICE inline unsigned long grey_sum_of(const CropLaunch& launch, unsigned crop, unsigned thread,
                                                  unsigned threads) {
  unsigned long sum = 0;
  if (launch.rows == nullptr) return sum;
  const unsigned px = static_cast<unsigned>(launch.px);
  for (unsigned i = thread; i < px * px; i += threads) {
    const crop_kernel::Rgb c = crop_kernel::warped(launch, crop, static_cast<int>(i / px), static_cast<int>(i % px));
    sum += static_cast<unsigned>(crop_kernel::grey(c) * 256.0f + 0.5f);
  }
  return sum;
}

/// Writes that thread's pixels. They are warped a second time: that costs less than a place to keep them.
UNMASK_ON_DEVICE inline void write_crop(const CropLaunch& launch, unsigned crop, unsigned long grey_sum,
                                        unsigned thread, unsigned threads) {
  using namespace crop_kernel;
  const unsigned px = static_cast<unsigned>(launch.px);
  const float mean = static_cast<float>(static_cast<double>(grey_sum) / 256.0 /
                                        (static_cast<double>(launch.px) * static_cast<double>(launch.px)));
  const unsigned char* rgb = bytes_of(launch, crop);
  const long first = static_cast<long>(crop) * px * px * 3;
  for (unsigned i = thread; i < px * px; i += threads) {
    Rgb c{};
    if (launch.rows == nullptr) {
      for (unsigned k = 0; k < 3; ++k) c.channel[k] = static_cast<float>(rgb[i * 3 + k]);
    } else {
      const CropDraw& draw = launch.draws[crop];
      const int y = static_cast<int>(i / px), x = static_cast<int>(i % px);
      if (!is_erased(draw, y, x)) c = coloured(draw, (1.0f - draw.contrast) * mean, warped(launch, crop, y, x));
    }
    for (unsigned k = 0; k < 3; ++k)
      put(launch, first + i * 3 + k, c.channel[k] * launch.multiply[k] - launch.subtract[k]);
  }
}

}  // namespace unmask

#ifdef __CUDACC_RTC__
extern "C" __global__ void __launch_bounds__(unmask::kCropThreads)
    crop_batch(const __grid_constant__ unmask::CropLaunch launch) {
  __shared__ unsigned long long grey_sum;
  if (threadIdx.x == 0) grey_sum = 0;
  __syncthreads();
  unsigned long long part = unmask::grey_sum_of(launch, blockIdx.x, threadIdx.x, blockDim.x);
  for (int lanes = warpSize / 2; lanes > 0; lanes /= 2) part += __shfl_down_sync(0xffffffffu, part, lanes);
  if (threadIdx.x % warpSize == 0) atomicAdd(&grey_sum, part);
  __syncthreads();
  unmask::write_crop(launch, blockIdx.x, grey_sum, threadIdx.x, blockDim.x);
}
#endif
