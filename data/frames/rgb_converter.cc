#include "data/frames/rgb_converter.h"

#include <algorithm>
#include <cstddef>

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/pixdesc.h>
}

namespace unmask {
namespace {

constexpr int kFlags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

int sign_of(std::int32_t value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

}  // namespace

RgbConverter::RgbConverter(const std::int32_t* display_matrix) {
  if (display_matrix == nullptr) return;
  const int a = sign_of(display_matrix[0]), b = sign_of(display_matrix[1]);
  const int c = sign_of(display_matrix[3]), d = sign_of(display_matrix[4]);
  const bool is_straight = a != 0 && d != 0 && b == 0 && c == 0;
  const bool is_turned = b != 0 && c != 0 && a == 0 && d == 0;
  if (!is_straight && !is_turned) return;
  across_x_ = a, across_y_ = b, down_x_ = c, down_y_ = d;
}

FrameSize RgbConverter::shown_size(int width, int height) const {
  return across_x_ != 0 ? FrameSize{width, height} : FrameSize{height, width};
}

bool RgbConverter::make_context(const AVFrame& frame) {
  const bool is_same = context_ && size_.width == frame.width && size_.height == frame.height &&
                       format_ == frame.format && colour_space_ == frame.colorspace &&
                       colour_range_ == frame.color_range;
  if (is_same) return true;
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (sws_isSupportedInput(format) == 0) return false;
  const int processor = av_get_cpu_flags();
  av_force_cpu_flags(0);  // its assembly is chosen when a context is made
  context_.reset(sws_getContext(frame.width, frame.height, format, frame.width, frame.height, AV_PIX_FMT_RGB24, kFlags,
                                nullptr, nullptr, nullptr));
  if (context_) {
    const bool is_full_range = frame.color_range == AVCOL_RANGE_JPEG || format == AV_PIX_FMT_YUVJ420P ||
                               format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P ||
                               format == AV_PIX_FMT_YUVJ440P || format == AV_PIX_FMT_YUVJ411P;
    // RGB and grey have no matrix: the call then says so, and all is well.
    sws_setColorspaceDetails(context_.get(), sws_getCoefficients(frame.colorspace), is_full_range ? 1 : 0,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  }
  av_force_cpu_flags(processor);
  size_ = {frame.width, frame.height};
  format_ = frame.format;
  colour_space_ = frame.colorspace;
  colour_range_ = frame.color_range;
  return context_ != nullptr;
}

bool RgbConverter::convert(const AVFrame& frame, std::span<std::uint8_t> place) {
  if (!make_context(frame)) return false;
  const bool is_upright = across_x_ == 1 && down_y_ == 1;
  if (!is_upright) unturned_.resize(static_cast<std::size_t>(frame.width) * frame.height * 3 + 64);
  std::uint8_t* const rows[4] = {is_upright ? place.data() : unturned_.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {frame.width * 3, 0, 0, 0};
  if (enough_memory(sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, rows, strides)) < 0) {
    return false;
  }
  if (!is_upright) turn(frame.width, frame.height, place);
  return true;
}

void RgbConverter::turn(int width, int height, std::span<std::uint8_t> place) const {
  const FrameSize shown = shown_size(width, height);
  // Where the first pixel goes: to the end of each axis along which the picture runs backwards.
  const std::ptrdiff_t first_x = across_x_ + down_x_ < 0 ? shown.width - 1 : 0;
  const std::ptrdiff_t first_y = across_y_ + down_y_ < 0 ? shown.height - 1 : 0;
  const std::ptrdiff_t across = across_x_ + std::ptrdiff_t{across_y_} * shown.width;
  const std::ptrdiff_t down = down_x_ + std::ptrdiff_t{down_y_} * shown.width;
  const std::uint8_t* from = unturned_.data();
  for (int y = 0; y < height; ++y) {
    std::ptrdiff_t at = first_x + first_y * shown.width + down * y;
    for (int x = 0; x < width; ++x, from += 3, at += across) std::copy_n(from, 3, place.data() + at * 3);
  }
}

}  // namespace unmask
