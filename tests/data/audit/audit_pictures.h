// Pictures for tests of audits, copies of them, and stores that hold such.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/philox.h"
#include "data/store/crop_store_writer.h"
#include "data/store/jpeg_codec.h"

namespace unmask::test {

inline constexpr int kPicturePx = 112;
using Rgb = std::vector<std::uint8_t>;

inline cv::Mat as_image(Rgb& rgb, int px = kPicturePx) { return {px, px, CV_8UC3, rgb.data()}; }
inline Rgb as_rgb(const cv::Mat& image) { return {image.data, image.data + image.total() * 3}; }

/// Smooth blobs with finer ones on them, other ones for each number.
inline Rgb picture(std::uint32_t number, int px = kPicturePx) {
  Draws draws(1, DrawFor::kProbe, number);
  cv::Mat sum = cv::Mat::zeros(px, px, CV_32FC3);
  for (const auto& [cells, share] : {std::pair(8, 0.6), std::pair(24, 0.4)}) {
    cv::Mat noise(cells, cells, CV_8UC3), large, floats;
    for (int i = 0; i < cells * cells * 3; ++i) noise.data[i] = static_cast<std::uint8_t>(draws.below(256));
    cv::resize(noise, large, {px, px}, 0, 0, cv::INTER_CUBIC);
    large.convertTo(floats, CV_32F);
    sum += floats * share;
  }
  cv::Mat bytes;
  sum.convertTo(bytes, CV_8U);
  return as_rgb(bytes);
}

inline Rgb re_encoded(Rgb rgb, int quality = 30) {
  Rgb copy(rgb.size());
  decode_jpeg(encode_jpeg(rgb, kPicturePx, quality, JpegColour::k420), kPicturePx, copy);
  return copy;
}
inline Rgb resized(Rgb rgb) {
  cv::Mat small, back;
  cv::resize(as_image(rgb), small, {kPicturePx / 2, kPicturePx / 2}, 0, 0, cv::INTER_AREA);
  cv::resize(small, back, {kPicturePx, kPicturePx}, 0, 0, cv::INTER_LINEAR);
  return as_rgb(back);
}
inline Rgb mirrored(Rgb rgb) {
  cv::Mat mirror;
  cv::flip(as_image(rgb), mirror, 1);
  return as_rgb(mirror);
}
/// A mouth that was moved, say: a small part is mixed with another picture.
inline Rgb swapped(Rgb rgb, std::uint32_t other) {
  Rgb face = picture(other);
  const cv::Rect mouth(kPicturePx * 3 / 8, kPicturePx * 5 / 8, kPicturePx / 4, kPicturePx / 8);
  cv::Mat part = as_image(rgb)(mouth);
  cv::addWeighted(part, 0.6, as_image(face)(mouth), 0.4, 0, part);
  return rgb;
}

struct TestVideo {
  std::string name;
  int label = 0;
  std::vector<Rgb> crops;
  std::string target, source;
};

inline FrameInfo info_of(const TestVideo& video) {
  FrameInfo info;
  info.video = video.name;
  info.label = static_cast<std::uint8_t>(video.label);
  info.method = video.label == 0 ? "real" : "swap";
  info.target_identity = video.target;
  info.source_identity = video.source;
  return info;
}

inline void write_videos(const std::filesystem::path& file, const std::vector<TestVideo>& videos,
                         CropEncoding encoding = CropEncoding::kJpeg95) {
  std::filesystem::create_directories(file.parent_path());
  CropStoreWriter writer(file, kPicturePx, encoding, "{}");
  for (const TestVideo& video : videos) {
    FrameInfo info = info_of(video);
    for (const Rgb& rgb : video.crops) {
      writer.append(info, rgb);
      ++info.frame;
    }
  }
  writer.finish();
}

}  // namespace unmask::test
