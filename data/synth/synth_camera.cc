#include "data/synth/synth_camera.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

#include "data/synth/synth_paint.h"

namespace unmask::synth {
namespace {

/// Near-normal noise of deviation 1 from one draw: the sum of its four bytes (Irwin-Hall).
float cheap_normal(Draws& draws) {
  const std::uint32_t word = draws.next_u32();
  const auto sum = static_cast<float>((word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24));
  return (sum - 510.0f) / 147.8f;
}

cv::Mat place(const cv::Mat& plate, const Camera& camera, int number, Draws& draws) {
  const double zoom = camera.zoom * (1 + draws.uniform(-0.008, 0.008)), angle = camera.angle + draws.uniform(-0.5, 0.5);
  cv::Mat move = cv::getRotationMatrix2D({kPlatePx / 2.0f, kPlatePx / 2.0f}, angle, zoom);
  move.at<double>(0, 2) += camera.x + camera.drift_x * number + draws.uniform(-0.7, 0.7);
  move.at<double>(1, 2) += camera.y + camera.drift_y * number + draws.uniform(-0.7, 0.7);
  cv::Mat placed;
  cv::warpAffine(plate, placed, move, plate.size(), cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  if (camera.size == 1) return placed;
  const int side = static_cast<int>(std::lround(kPlatePx * camera.size));
  cv::Mat small;
  cv::resize(placed, small, {side, side}, 0, 0, cv::INTER_AREA);
  return small;
}

}  // namespace

Camera draw_camera(Draws& draws, CameraLook look) {
  const bool web = look == CameraLook::kWeb;
  Camera camera;
  camera.zoom = draws.uniform(0.86, 1.1);
  camera.angle = draws.uniform(-7, 7);
  camera.x = draws.uniform(-10, 10);
  camera.y = draws.uniform(-8, 8);
  camera.drift_x = draws.uniform(-2.4, 2.4);
  camera.drift_y = draws.uniform(-2.4, 2.4);
  camera.gain = web ? draws.uniform(0.75, 1.15) : draws.uniform(0.88, 1.12);
  camera.offset = draws.uniform(-10, 10);
  camera.gamma = web ? draws.uniform(0.7, 1.35) : draws.uniform(0.9, 1.1);
  for (double& tint : camera.tint) tint = web ? draws.uniform(-16, 16) : draws.uniform(-6, 6);
  if (web) camera.size = draws.uniform(0.45, 0.75);
  camera.noise = web ? draws.uniform(3, 7) : draws.uniform(0.5, 2);
  camera.quality = web ? 45 + static_cast<int>(draws.below(30)) : 90 + static_cast<int>(draws.below(7));
  return camera;
}

cv::Mat take_picture(const cv::Mat& plate, const Camera& camera, int number, Draws& frame) {
  const cv::Mat placed = place(plate, camera, number, frame);
  float curve[256];
  for (int i = 0; i < 256; ++i) curve[i] = static_cast<float>(255 * std::pow(i / 255.0, camera.gamma));
  cv::Mat picture(placed.size(), CV_8UC3);
  for (int y = 0; y < placed.rows; ++y) {
    const auto* from = placed.ptr<cv::Vec3f>(y);
    auto* to = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < placed.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double lit = from[x][c] * camera.gain + camera.offset + camera.tint[c];
        const float level = static_cast<float>(std::clamp(lit, 0.0, 254.999));
        const int whole = static_cast<int>(level);
        const float bent = curve[whole] + (curve[whole + 1] - curve[whole]) * (level - static_cast<float>(whole));
        to[x][c] = cv::saturate_cast<std::uint8_t>(bent + static_cast<float>(camera.noise) * cheap_normal(frame));
      }
    }
  }
  return picture;
}

cv::Mat take_mask(const cv::Mat& mask, const Camera& camera, int number, Draws frame) {
  cv::Mat shown;
  cv::merge(std::vector<cv::Mat>(3, place(mask, camera, number, frame)), shown);
  return shown;
}

std::vector<std::uint8_t> jpeg_file(const cv::Mat& picture, const Camera& camera) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, camera.quality});
  return bytes;
}

}  // namespace unmask::synth
