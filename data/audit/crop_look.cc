#include "data/audit/crop_look.h"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {

CropLook look_of_crop(std::span<const std::uint8_t> rgb, int px) {
  const cv::Mat crop(px, px, CV_8UC3, const_cast<std::uint8_t*>(rgb.data()));
  cv::Mat grey, blurred, edges;
  cv::cvtColor(crop, grey, cv::COLOR_RGB2GRAY);
  cv::blur(grey, blurred, {3, 3});
  cv::absdiff(grey, blurred, edges);
  const int border = std::max(1, px / 8), inner = std::max(0, px - 2 * border);
  const double all = cv::sum(edges)[0], inside = cv::sum(edges(cv::Rect(border, border, inner, inner)))[0];
  const cv::Scalar colour = cv::mean(crop);
  cv::Scalar mean, deviation;
  cv::meanStdDev(grey, mean, deviation);
  const auto as_float = [](double value) { return static_cast<float>(value); };
  CropLook look;
  look.red = as_float(colour[0]), look.green = as_float(colour[1]), look.blue = as_float(colour[2]);
  look.brightness = as_float(mean[0]), look.contrast = as_float(deviation[0]);
  look.sharpness = as_float(all / (px * px));
  look.border_sharpness = as_float((all - inside) / (px * px - inner * inner));
  return look;
}

}  // namespace unmask
