// The camera and the file format through which every plate goes, real or fake alike.
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "base/philox.h"

namespace unmask::synth {

/// `kStudio`: clean, lightly compressed. `kWeb`: scaled down, then noisy and strongly compressed; more varied light.
enum class CameraLook { kStudio, kWeb };

/// The draws of one clip's camera. Lengths in pixels of the plate, angles in degrees, colours in levels of 255.
struct Camera {
  double zoom = 1, angle = 0, x = 0, y = 0, drift_x = 0, drift_y = 0;
  double gain = 1, offset = 0, gamma = 1, tint[3] = {0, 0, 0}, noise = 0;
  double size = 1;   // of the written frame over the plate
  int quality = 95;  // of the JPEG file
};

Camera draw_camera(Draws& draws, CameraLook look);

/// Frame `number` of the clip (CV_8UC3). `frame` keys its jitter and noise.
cv::Mat take_picture(const cv::Mat& plate, const Camera& camera, int number, Draws& frame);
/// Where that picture shows the plate's `mask` (CV_8U, 0 or 255), without noise and light. CV_8UC3.
cv::Mat take_mask(const cv::Mat& mask, const Camera& camera, int number, Draws frame);
/// A picture as the bytes of the camera's JPEG file.
std::vector<std::uint8_t> jpeg_file(const cv::Mat& picture, const Camera& camera);

}  // namespace unmask::synth
