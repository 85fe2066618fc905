// Decoded frames as RGB bytes, the same bits on every processor: by libswscale without its assembly, exact rounding,
// and full chroma; of ffmpeg's command line that is `-sws_flags
// bilinear+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp`. The container's rotation and mirroring are applied;
// pixels that aren't square stay so.
//
//   RgbConverter converter(matrix);                       // of 9 numbers, or null
//   const FrameSize size = converter.size_of(frame);
//   converter.convert(frame, place);                      // size.width * size.height * 3 bytes
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/frames/libav_handles.h"

namespace unmask {

struct FrameSize {
  int width = 0, height = 0;
};

class RgbConverter {
 public:
  /// `display_matrix`: as libav has it. One that turns by other than right angles isn't applied.
  explicit RgbConverter(const std::int32_t* display_matrix);
  FrameSize shown_size(int width, int height) const;
  /// False if libswscale doesn't know the pixel format. `place` holds the frame as it is shown, and may hold more.
  bool convert(const AVFrame& frame, std::span<std::uint8_t> place);

 private:
  bool make_context(const AVFrame& frame);
  void turn(int width, int height, std::span<std::uint8_t> place) const;

  int across_x_ = 1, across_y_ = 0, down_x_ = 0, down_y_ = 1;  // where a step right, and one down, goes when shown
  LibavHandle<SwsContext> context_;
  FrameSize size_;
  int format_ = -1, colour_space_ = -1, colour_range_ = -1;
  std::vector<std::uint8_t> unturned_;
};

}  // namespace unmask
