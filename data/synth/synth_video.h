// Pictures as a video file, as the collections of manipulated faces publish them: H.264 in MP4, by libx264.
//
//   require_video_encoder();
//   write_file(path, video_file(pictures, kVideoCrf));  // pictures: cv::Mat, CV_8UC3, BGR
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace unmask::synth {

/// FaceForensics++'s "c23".
constexpr int kVideoCrf = 23;
constexpr int kVideoRate = 25;  // pictures a second

/// THROWS Error(kFailed) where this machine's libavcodec has no libx264, with what to do.
void require_video_encoder();

/// The bytes of an MP4 file. Pictures are of one size; an odd last row or column is left out, as H.264 halves the
/// resolution of colours. `crf`: 0, best, to 51. One thread, and nothing that x264 chooses by the processor: equal
/// pictures give equal bytes. THROWS Error(kFailed). REQUIRES: at least one picture, 2 pixels wide and high.
std::vector<std::uint8_t> video_file(std::span<const cv::Mat> pictures, int crf);

}  // namespace unmask::synth
