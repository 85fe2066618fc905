#include "data/synth_face.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "data/synth_paint.h"

namespace unmask::synth {
namespace {

const cv::Scalar kSkins[] = {{188, 206, 241}, {168, 190, 230}, {150, 178, 222}, {132, 160, 206},
                             {110, 140, 188}, {88, 116, 164},  {66, 92, 138},   {54, 74, 112}};
const cv::Scalar kHairs[] = {{24, 24, 28}, {30, 40, 58}, {46, 66, 96}, {80, 124, 168}, {120, 176, 214}, {150, 152, 156}};
const cv::Scalar kIrises[] = {{40, 60, 90}, {26, 40, 62}, {140, 110, 70}, {80, 110, 80}, {110, 100, 90}};

float between(Draws& draws, double low, double high) { return static_cast<float>(draws.uniform(low, high)); }
cv::Scalar mixed(const cv::Scalar& a, const cv::Scalar& b, double t) { return a * (1 - t) + b * t; }
cv::Scalar any_colour(Draws& draws, double low, double high) {
  return {draws.uniform(low, high), draws.uniform(low, high), draws.uniform(low, high)};
}

struct Light {
  float x, y, z, ambient, gloss;
};
Light draw_light(Draws& draws) {
  Light light{between(draws, -.7, .7), between(draws, -.8, -.1), .8f, between(draws, .45, .65), between(draws, 0, 22)};
  const float length = std::sqrt(light.x * light.x + light.y * light.y + light.z * light.z);
  light.x /= length, light.y /= length, light.z /= length;
  return light;
}

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

/// Hair above the face: from temple to temple over the top, and back along the hairline.
Outline front_hair_outline(const DrawnFace& f) {
  Outline outline;
  const float rx = f.half_width + f.hair_px * .6f, ry = 90 + f.hair_px;
  for (int i = 0; i <= 40; ++i) {
    const double t = CV_PI * (1 + i / 40.0);
    const double curl = f.hair_style == 4 ? 1 + .035 * std::sin(i * 1.9) : 1;
    outline.emplace_back(static_cast<float>(kEyeMidX + rx * curl * std::cos(t)),
                         static_cast<float>(146 + ry * curl * std::sin(t)));
  }
  for (int i = 0; i <= 24; ++i) {
    const float u = 1 - static_cast<float>(i) / 12;  // right temple 1, left temple -1
    float y = f.hairline_y + 46 * std::pow(std::abs(u), 4.f);
    if (f.hair_style == 1) y = 108 + 30 * std::pow(std::abs(u), 6.f) + 2 * std::sin(static_cast<float>(i) * 2.2f);
    if (f.hair_style == 2) y += 14 * u;
    if (f.hair_style == 3) y -= 8;
    if (f.hair_style == 4) y += 4 * std::sin(static_cast<float>(i) * 2.f);
    outline.emplace_back(kEyeMidX + u * f.half_width * .99f, y);
  }
  return outline;
}

void paint_background(cv::Mat& plate, Draws& draws) {
  const cv::Scalar grey = cv::Scalar::all(draws.uniform(60, 200));
  const cv::Scalar top = mixed(any_colour(draws, 40, 220), grey, .5), bottom = mixed(top, any_colour(draws, 20, 220), .5);
  const double tilt = draws.uniform(-.5, .5);
  for (int y = 0; y < kPlatePx; ++y) {
    for (int x = 0; x < kPlatePx; ++x) {
      const double t = std::clamp(y / 320.0 + tilt * (x / 320.0 - .5), 0.0, 1.0);
      const cv::Scalar c = mixed(top, bottom, t);
      plate.at<cv::Vec3f>(y, x) = {static_cast<float>(c[0]), static_cast<float>(c[1]), static_cast<float>(c[2])};
    }
  }
  for (std::uint32_t i = draws.below(6); i > 0; --i) {
    const cv::Point2f centre(between(draws, 0, 320), between(draws, 0, 260));
    const float size = between(draws, 12, 60);
    if (draws.chance(.4)) {
      paint(plate, band_outline({{centre.x, -20}, {centre.x + size / 3, 340}}, size / 2, 1), any_colour(draws, 30, 230),
            draws.uniform(.8, 4), .6);
    } else {
      paint(plate, ellipse_outline(centre, size, size * between(draws, .5, 1.5), between(draws, 0, 90)),
            any_colour(draws, 30, 230), draws.uniform(.8, 9), .6);
    }
  }
}

void paint_body(cv::Mat& plate, const DrawnFace& f, Draws& draws, const cv::Mat& strands) {
  if (f.back_hair > 0) {
    const float down = f.back_hair == 2 ? 130 : 74;
    paint(plate, ellipse_outline({kEyeMidX, 146}, f.half_width + f.hair_px, 90 + f.hair_px), f.hair * .8, 1.2, 1, strands);
    paint(plate, ellipse_outline({kEyeMidX, 146 + down / 2}, f.half_width + f.hair_px * .8f, down, 0, 3), f.hair * .8, 1.4,
          1, strands);
  }
  const float neck = f.half_width * .58f;
  paint(plate, {{160 - neck, 205}, {160 + neck, 205}, {160 + neck * 1.1f, 320}, {160 - neck * 1.1f, 320}}, f.skin * .62, 1.5);
  const float drop = between(draws, 262, 284), wide = between(draws, 105, 150);
  paint(plate, {{160 - wide, 340}, {160 - wide * .9f, drop + 18}, {160 - neck * 1.2f, drop - 8}, {160, drop + 14},
                {160 + neck * 1.2f, drop - 8}, {160 + wide * .9f, drop + 18}, {160 + wide, 340}},
        f.cloth * draws.uniform(.8, 1.15), 1.2);
  for (const float side : {-1.f, 1.f}) {
    paint(plate, ellipse_outline({160 + side * (f.half_width + 2), 158}, 9, 20, side * 8), f.skin * .8, .9);
    paint(plate, ellipse_outline({160 + side * (f.half_width + 3), 158}, 4, 12, side * 8), f.skin * .58, 1.5);
  }
}

void paint_skin(cv::Mat& plate, const DrawnFace& f, const Light& light) {
  Draws own(f.texture_key, DrawFor::kSynth);
  const cv::Mat fine = smooth_noise(own, 150, 150, f.grain), coarse = smooth_noise(own, 14, 14, f.grain * .7);
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
      const float tone = shade * (1 + fine.at<float>(y, x) + coarse.at<float>(y, x));
      const float gloss = light.gloss * std::pow(std::max(0.f, std::min(1.f, half)), 24.f);
      auto& pixel = skin.at<cv::Vec3f>(y, x);
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<float>(f.skin[c]) * tone + gloss;
    }
  }
  if (f.beard > 0) {  // on the skin, so that the head's outline cuts it
    const cv::Mat bristle = smooth_noise(own, 200, 200, .15) + 1;
    paint(skin, ellipse_outline({160, 222}, f.half_width * .74f, f.chin_y - 220, 0, 2.6f), f.hair, 7, f.beard, bristle);
  }
  mix_in(plate, skin, coverage(head_outline(f), .8));
  for (const float side : {-1.f, 1.f}) {
    paint(plate, ellipse_outline({160 + side * 42, 182}, 17, 13), mixed(f.skin, {90, 90, 210}, .5), 8, f.cheek_red);
    paint(plate, ellipse_outline({160 + side * 30, kEyeY}, 19, 11), f.skin * .45, 5, .38);
  }
  for (int i = 0; i < static_cast<int>(f.freckles * 50); ++i) {
    const cv::Point2f spot(160 + static_cast<float>(own.normal()) * 30, 172 + static_cast<float>(own.normal()) * 13);
    paint(plate, ellipse_outline(spot, 1.2f, 1.2f), f.skin * .6, .6, .6);
  }
}

struct Pose {
  float open, gaze_x, lift;
  bool blink;
};

void paint_mouth(cv::Mat& plate, const DrawnFace& f, const Pose& pose) {
  const float half = f.lip_half_width, gap = 7 * pose.open * pose.open;
  Outline upper, lower, line;
  for (int i = 0; i <= 16; ++i) {
    const float u = static_cast<float>(i) / 8 - 1, x = kEyeMidX + u * half, arch = 1 - u * u;
    line.emplace_back(x, kMouthY - f.smile * u * u + .6f * arch);
    const float bow = 1 - .35f * std::exp(-u * u * 30);
    upper.emplace_back(x, line.back().y - f.lip_px * arch * bow);
    lower.emplace_back(x, line.back().y + (f.lip_px * 1.3f + gap) * arch);
  }
  Outline lips = upper;
  lips.insert(lips.end(), lower.rbegin(), lower.rend());
  paint(plate, lips, f.lip, 1.1, .85);
  if (gap > 1) {
    Outline inside = line;
    for (int i = 16; i >= 0; --i) {
      const float u = static_cast<float>(i) / 8 - 1;
      inside.emplace_back(line[static_cast<std::size_t>(i)] + cv::Point2f(0, gap * (1 - u * u)));
    }
    paint(plate, inside, {28, 22, 50}, .8);
    if (gap > 3) paint(plate, ellipse_outline({160, kMouthY + 1.6f}, half * .6f, 1.8f, 0, 4), {205, 215, 220}, .7, .9);
  } else {
    paint(plate, band_outline(line, 2.6f, .4f), f.lip * .38, .7);
  }
  paint(plate, band_outline({{148, kMouthY + 17}, {160, kMouthY + 18.5f}, {172, kMouthY + 17}}, 5, .4f), f.skin * .5, 2.2, .5);
}

void paint_nose(cv::Mat& plate, const DrawnFace& f) {
  paint(plate, ellipse_outline({160, f.nose_y + 6}, f.nose_half_width * 1.05f, 3), f.skin * .4, 1.8, .6);
  for (const float side : {-1.f, 1.f}) {
    paint(plate, ellipse_outline({160 + side * f.nose_half_width * .5f, f.nose_y + 3}, 3.6f, 2.2f, side * 15), {22, 22, 36},
          .8, .85);
    paint(plate, band_outline({{160 + side * (f.nose_half_width + 1), f.nose_y - 6}, {160 + side * (f.nose_half_width + 3), f.nose_y},
                               {160 + side * (f.nose_half_width), f.nose_y + 5}}, 2.4f, .4f), f.skin * .45, 1, .6);
  }
}

void paint_eye(cv::Mat& plate, const DrawnFace& f, const Pose& pose, float side) {
  const cv::Point2f middle(kEyeMidX + side * kHalfEyeDistance, kEyeY);
  const float rx = f.eye_half_width, ry = f.eye_half_height;
  Outline upper, lower;
  for (int i = 0; i <= 12; ++i) {
    const float u = static_cast<float>(i) / 6 - 1, arch = 1 - u * u;
    const float tilt = -f.eye_tilt * u * side;
    upper.emplace_back(middle.x + u * rx, middle.y + tilt - (pose.blink ? -.5f : 1) * ry * arch);
    lower.emplace_back(middle.x + u * rx, middle.y + tilt + .75f * ry * arch);
  }
  if (!pose.blink) {
    Outline lids = upper;
    lids.insert(lids.end(), lower.rbegin(), lower.rend());
    cv::Mat eye(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(200, 208, 214));
    const cv::Point2f pupil = middle + cv::Point2f(pose.gaze_x, -.5f);
    paint(eye, ellipse_outline(pupil, ry * 1.12f, ry * 1.12f), f.iris, .7);
    paint(eye, ellipse_outline(pupil, ry * .55f, ry * .55f), {14, 14, 16}, .6);
    paint(eye, ellipse_outline(pupil + cv::Point2f(2, -2.2f), 1.3f, 1.3f), {250, 250, 250}, .5);
    mix_in(plate, eye, coverage(lids, .6));
    paint(plate, band_outline(lower, 1.6f, .5f), f.skin * .5, .8, .7);
    Outline crease;
    for (const cv::Point2f& p : upper) crease.push_back(p + cv::Point2f(0, -4));
    paint(plate, band_outline(crease, 1.8f, .3f), f.skin * .5, .9, .6);
  }
  paint(plate, band_outline(upper, 3.2f, .5f), cv::Scalar(22, 22, 28), .7, .9);
}

void paint_brow(cv::Mat& plate, const DrawnFace& f, const Pose& pose, float side) {
  Outline line;
  for (int i = 0; i <= 8; ++i) {
    const float u = static_cast<float>(i) / 4 - 1;  // -1 at the nose
    line.emplace_back(kEyeMidX + side * (kHalfEyeDistance + u * 19), f.brow_y - pose.lift - f.brow_arch * (1 - (u - .3f) * (u - .3f)));
  }
  paint(plate, band_outline(line, f.brow_px, .45f), mixed(f.hair, {20, 20, 26}, .55), 1, .9);
}

void paint_glasses(cv::Mat& plate, const DrawnFace& f) {
  for (const float side : {-1.f, 1.f}) {
    Outline rim = ellipse_outline({160 + side * 32, 143}, 24, 18, 0, 3);
    rim.push_back(rim.front());
    paint(plate, band_outline(rim, 3, 1), f.glasses_colour, .7, .9);
    paint(plate, band_outline({{160 + side * 56, 139}, {160 + side * f.half_width, 136}}, 3, 1), f.glasses_colour, .7, .9);
  }
  paint(plate, band_outline({{152, 140}, {160, 138}, {168, 140}}, 3, 1), f.glasses_colour, .7, .9);
}

}  // namespace

DrawnFace draw_face(Draws& draws) {
  DrawnFace f;
  f.half_width = between(draws, 64, 74), f.chin_y = between(draws, 238, 254), f.jaw_power = between(draws, 1.7, 3);
  f.hair_px = between(draws, 6, 24), f.hairline_y = between(draws, 86, 98);
  f.eye_half_width = between(draws, 13, 17), f.eye_half_height = between(draws, 5.5, 8.5), f.eye_tilt = between(draws, -1, 2);
  f.brow_y = between(draws, 120, 127), f.brow_px = between(draws, 5, 9), f.brow_arch = between(draws, 2, 6);
  f.nose_half_width = between(draws, 9, 14), f.nose_y = between(draws, 179, 187), f.nose_height = between(draws, 7, 12);
  f.lip_half_width = between(draws, 21, 30), f.lip_px = between(draws, 4, 8), f.smile = between(draws, 0, 5);
  const std::uint32_t skin = draws.below(8), other = draws.below(8);
  f.skin = mixed(kSkins[skin], kSkins[other], draws.uniform(0, .5));
  f.hair = mixed(kHairs[draws.below(6)], kHairs[draws.below(6)], draws.uniform(0, .4));
  f.iris = kIrises[draws.below(5)];
  f.lip = mixed(f.skin * .78, {90, 80, 190}, draws.uniform(.15, .5));
  f.cloth = any_colour(draws, 20, 220);
  f.hair_style = static_cast<int>(draws.below(5)), f.back_hair = static_cast<int>(draws.below(3));
  f.grain = between(draws, .02, .06), f.cheek_red = between(draws, 0, .3);
  f.freckles = draws.chance(.2) ? between(draws, .3, 1) : 0;
  f.beard = draws.chance(.25) ? between(draws, .2, .6) : 0;
  f.glasses = draws.chance(.22);
  f.glasses_colour = any_colour(draws, 10, 80);
  f.texture_key = draws.next_u32();
  return f;
}

cv::Mat paint_face(const DrawnFace& f, Draws scene, Draws pose_draws) {
  const Light light = draw_light(scene);
  const Pose pose{between(pose_draws, 0, 1), between(pose_draws, -3, 3), between(pose_draws, -1, 2.5), pose_draws.chance(.1)};
  cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3);
  paint_background(plate, scene);
  Draws own(f.texture_key, DrawFor::kSynth, 1);
  const cv::Mat strands = smooth_noise(own, f.hair_style == 4 ? 60 : 110, f.hair_style == 4 ? 60 : 16, .16) + 1;
  paint_body(plate, f, scene, strands);
  paint_skin(plate, f, light);
  paint_nose(plate, f);
  paint_mouth(plate, f, pose);
  for (const float side : {-1.f, 1.f}) {
    paint_eye(plate, f, pose, side);
    paint_brow(plate, f, pose, side);
  }
  paint(plate, front_hair_outline(f), f.hair, 1.2, 1, strands);
  if (f.glasses) paint_glasses(plate, f);
  return plate;
}

}  // namespace unmask::synth
