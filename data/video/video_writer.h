// Pictures as a video file, as the collections of manipulated faces publish them: H.264 in MP4, by libx264.
//
//   require_video_encoder("leave them out");
//   write_file(path, video_file(pictures, kVideoCrf));  // pictures: cv::Mat, CV_8UC3, BGR
//
//   VideoWriter video({.width = 640, .height = 360}, put);  // picture by picture, none of them kept
//   for (…) video.add(picture, time);
//   video.finish();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace unmask {

/// FaceForensics++'s "c23".
constexpr int kVideoCrf = 23;
constexpr int kVideoRate = 25;         // pictures a second
constexpr int kMostVideoSide = 16384;  // pixels, of libx264

/// THROWS Error(kFailed) where this machine's libavcodec has no libx264, with what to do; `instead`: the other way.
void require_video_encoder(const std::string& instead);

struct VideoForm {
  int width = 0, height = 0;     // even, 2 to kMostVideoSide
  int ticks_per_s = kVideoRate;  // the clock of the pictures' times
  int picture_ticks = 1;         // how long a picture is shown, as a rule
  int crf = kVideoCrf;           // 0, best, to 51
  bool quick = false;            // a third of the time and the memory of a few pictures, for a larger file
};

/// Bytes of the file, which may lie before some that were given.
using PutBytes = std::function<void(std::size_t offset, std::span<const std::byte>)>;

/// One thread, and nothing that x264 chooses by the processor: equal pictures give equal bytes.
class VideoWriter {
 public:
  /// What `put` throws comes out of the call that had it at work. THROWS Error(kFailed).
  VideoWriter(const VideoForm& form, PutBytes put);
  ~VideoWriter();
  /// `picture`: CV_8UC3, BGR, at least as large as the form; what is more to the right and below is left out.
  /// `time`: in ticks, later than the one before, by less than 2^31. THROWS Error(kFailed).
  void add(const cv::Mat& picture, std::int64_t time);
  /// After the last picture. THROWS Error(kFailed).
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The bytes of a file of pictures of one size, 25 a second; an odd last row or column is left out, as H.264 halves the
/// resolution of colours. THROWS Error(kFailed). REQUIRES: at least one picture, 2 pixels wide and high.
std::vector<std::uint8_t> video_file(std::span<const cv::Mat> pictures, int crf);

}  // namespace unmask
