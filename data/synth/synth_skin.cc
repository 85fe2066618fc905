#include "data/synth/synth_skin.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "data/synth/synth_paint.h"

namespace unmask::synth {
namespace {

struct Bump {
  float x, y, sigma_x, sigma_y, height;
};

void add_bump(cv::Mat& relief, const Bump& bump) {
  const int left = std::max(0, cvFloor(bump.x - 3 * bump.sigma_x));
  const int right = std::min(kPlatePx, cvCeil(bump.x + 3 * bump.sigma_x));
  const int top = std::max(0, cvFloor(bump.y - 3 * bump.sigma_y));
  const int bottom = std::min(kPlatePx, cvCeil(bump.y + 3 * bump.sigma_y));
  std::vector<float> profile;
  for (int x = left; x < right; ++x) {
    const float u = (static_cast<float>(x) - bump.x) / bump.sigma_x;
    profile.push_back(bump.height * std::exp(-u * u / 2));
  }
  for (int y = top; y < bottom; ++y) {
    const float v = (static_cast<float>(y) - bump.y) / bump.sigma_y;
    const float share = std::exp(-v * v / 2);
    for (int x = left; x < right; ++x) relief.at<float>(y, x) += profile[static_cast<std::size_t>(x - left)] * share;
  }
}

/// The skin's height above the picture's plane.
cv::Mat make_relief(const DrawnFace& f) {
  cv::Mat relief(kPlatePx, kPlatePx, CV_32F);
  const float rx = f.half_width * 1.1f, ry = (f.chin_y - 60) / 2 * 1.12f, middle = (f.chin_y + 60) / 2;
  for (int y = 0; y < kPlatePx; ++y) {
    const float v = (static_cast<float>(y) - middle) / ry;
    for (int x = 0; x < kPlatePx; ++x) {
      const float u = (static_cast<float>(x) - kEyeMidX) / rx;
      relief.at<float>(y, x) = 52 * std::sqrt(std::max(.02f, 1 - u * u - v * v));
    }
  }
  const float nose = f.nose_height, wing = f.nose_half_width;
  add_bump(relief, {kEyeMidX, 158, 6, 17, nose});
  add_bump(relief, {kEyeMidX, f.nose_y - 4, 8, 7, nose});
  add_bump(relief, {kEyeMidX, kMouthY - 8, 17, 4, 3});
  add_bump(relief, {kEyeMidX, kMouthY + 8, 15, 5, 4});
  add_bump(relief, {kEyeMidX, kMouthY + 18, 16, 4, -3});
  add_bump(relief, {kEyeMidX, f.chin_y - 12, 14, 9, 6});
  for (const float side : {-1.f, 1.f}) {
    add_bump(relief, {kEyeMidX + side * (wing - 1), f.nose_y, 5, 5, 4});
    add_bump(relief, {kEyeMidX + side * kHalfEyeDistance, f.brow_y + 3, 17, 6, 5});
    add_bump(relief, {kEyeMidX + side * (kHalfEyeDistance - 1), kEyeY, 16, 9, -9});
    add_bump(relief, {kEyeMidX + side * 13, kEyeY, 6, 11, -6});
    add_bump(relief, {kEyeMidX + side * 43, 176, 17, 14, 6});
    add_bump(relief, {kEyeMidX + side * 28, 200, 7, 12, -3});
  }
  return relief;
}

Outline head_outline(const DrawnFace& f) {
  Outline outline;
  for (int i = 0; i <= 32; ++i) {  // over the top, from the left temple to the right one
    const double t = CV_PI * (1 + i / 32.0);
    outline.emplace_back(static_cast<float>(kEyeMidX + f.half_width * std::cos(t)),
                         static_cast<float>(150 + 90 * std::sin(t)));
  }
  for (int i = 1; i < 64; ++i) {  // down the right cheek, round the chin, up the left one
    const float s = 1 - std::abs(static_cast<float>(i) - 32) / 32;
    const float half = f.half_width * std::sqrt(1 - std::pow(s, f.jaw_power));
    outline.emplace_back(kEyeMidX + (i <= 32 ? half : -half), 150 + (f.chin_y - 150) * s);
  }
  return outline;
}

/// Diffuse light and a highlight on the relief; `texture` multiplies the skin's tone.
cv::Mat shaded_skin(const DrawnFace& f, const Lamp& light, const cv::Mat& texture) {
  const cv::Mat relief = make_relief(f);
  cv::Mat skin(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(0, 0, 0));
  for (int y = 1; y < kPlatePx - 1; ++y) {
    for (int x = 1; x < kPlatePx - 1; ++x) {
      const float gx = (relief.at<float>(y, x + 1) - relief.at<float>(y, x - 1)) / 2;
      const float gy = (relief.at<float>(y + 1, x) - relief.at<float>(y - 1, x)) / 2;
      const float length = std::sqrt(gx * gx + gy * gy + 1);
      const float facing = (-gx * light.x - gy * light.y + light.z) / length;
      const float half = (-gx * light.x - gy * light.y + light.z + 1) / length / std::sqrt(2 + 2 * light.z);
      const float shade = light.ambient + (1.12f - light.ambient) * std::max(0.f, facing);
      const float tone = shade * texture.at<float>(y, x);
      const float gloss = light.gloss * std::pow(std::max(0.f, std::min(1.f, half)), 24.f);
      auto& pixel = skin.at<cv::Vec3f>(y, x);
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<float>(f.skin[c]) * tone + gloss;
    }
  }
  return skin;
}

}  // namespace

Lamp draw_lamp(Draws& draws) {
  Lamp light{draw_between(draws, -.7, .7), draw_between(draws, -.8, -.1), .8f, draw_between(draws, .45, .65),
             draw_between(draws, 0, 22)};
  const float length = std::sqrt(light.x * light.x + light.y * light.y + light.z * light.z);
  light.x /= length, light.y /= length, light.z /= length;
  return light;
}

void paint_skin(cv::Mat& plate, const DrawnFace& f, const Lamp& lamp) {
  Draws own(f.texture_key, DrawFor::kSynth);
  const cv::Mat fine = smooth_noise(own, 150, 150, f.grain), coarse = smooth_noise(own, 14, 14, f.grain * .7);
  cv::Mat skin = shaded_skin(f, lamp, fine + coarse + 1);
  if (f.beard > 0) {  // on the skin, so that the head's outline cuts it
    const cv::Mat bristle = smooth_noise(own, 200, 200, .15) + 1;
    paint(skin, ellipse_outline({160, 222}, f.half_width * .74f, f.chin_y - 220, 0, 2.6f), f.hair, 7, f.beard, bristle);
  }
  mix_in(plate, skin, coverage(head_outline(f), .8));
  for (const float side : {-1.f, 1.f}) {
    paint(plate, ellipse_outline({160 + side * 42, 182}, 17, 13), mixed_colour(f.skin, {90, 90, 210}, .5), 8,
          f.cheek_red);
    paint(plate, ellipse_outline({160 + side * 30, kEyeY}, 19, 11), f.skin * .45, 5, .38);
  }
  for (int i = 0; i < static_cast<int>(f.freckles * 50); ++i) {
    const double across = own.normal(), down = own.normal();
    const cv::Point2f spot(static_cast<float>(160 + across * 30), static_cast<float>(172 + down * 13));
    paint(plate, ellipse_outline(spot, 1.2f, 1.2f), f.skin * .6, .6, .6);
  }
}

}  // namespace unmask::synth
