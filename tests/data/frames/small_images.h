// Small image files of every format that is read, for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "data/frames/encoded_bytes.h"
#include "tests/data/real_faces.h"

namespace unmask {

/// A real face, 64 x 48 pixels, so that every length of its file can be tried.
inline cv::Mat small_face() {
  cv::Mat face = cv::imread(face_file("hopper.jpg").native())(cv::Rect(150, 130, 240, 180)), small;
  cv::resize(face, small, cv::Size(64, 48), 0, 0, cv::INTER_AREA);
  return small;
}

inline EncodedBytes encoded(const cv::Mat& image, const char* extension, const std::vector<int>& parameters = {}) {
  EncodedBytes bytes;
  EXPECT_TRUE(cv::imencode(extension, image, bytes, parameters));
  return bytes;
}

inline std::map<std::string, EncodedBytes> small_files() {
  const cv::Mat face = small_face();
  cv::Mat grey, with_alpha;
  cv::cvtColor(face, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(face, with_alpha, cv::COLOR_BGR2BGRA);
  return {{"baseline.jpg", encoded(face, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 90})},
          {"progressive.jpg", encoded(face, ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})},
          {"restarts.jpg", encoded(face, ".jpg", {cv::IMWRITE_JPEG_RST_INTERVAL, 2})},
          {"grey.jpg", encoded(grey, ".jpg")},
          {"colour.png", encoded(face, ".png")},
          {"grey.png", encoded(grey, ".png")},
          {"alpha.png", encoded(with_alpha, ".png")},
          {"face.bmp", encoded(face, ".bmp")},
          {"lossy.webp", encoded(face, ".webp", {cv::IMWRITE_WEBP_QUALITY, 80})},
          {"lossless.webp", encoded(face, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101})}};
}

/// What OpenCV reads from the file.
inline EncodedBytes opencv_rgb(const EncodedBytes& file) {
  cv::Mat rgb;
  cv::cvtColor(cv::imdecode(file, cv::IMREAD_COLOR), rgb, cv::COLOR_BGR2RGB);
  return EncodedBytes(rgb.data, rgb.data + rgb.total() * 3);
}

inline EncodedBytes first_bytes(const EncodedBytes& whole, std::size_t count) {
  return EncodedBytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Runs Python to write a file that OpenCV can't write.
inline void run_python(const std::string& code, const std::filesystem::path& file) {
  const std::string command = std::string(UNMASK_PYTHON) + " -c '" + code + "' '" + file.native() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace unmask
