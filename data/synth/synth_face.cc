#include "data/synth/synth_face.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "data/synth/synth_paint.h"
#include "data/synth/synth_skin.h"

namespace unmask::synth {
namespace {

const cv::Scalar kSkins[] = {{188, 206, 241}, {168, 190, 230}, {150, 178, 222}, {132, 160, 206},
                             {110, 140, 188}, {88, 116, 164},  {66, 92, 138},   {54, 74, 112}};
const cv::Scalar kHairs[] = {{24, 24, 28},   {30, 40, 58},    {46, 66, 96},
                             {80, 124, 168}, {120, 176, 214}, {150, 152, 156}};
const cv::Scalar kIrises[] = {{40, 60, 90}, {26, 40, 62}, {140, 110, 70}, {80, 110, 80}, {110, 100, 90}};

/// Parts of braces are evaluated in their order, so that every compiler draws the same; arguments of a call are not.
cv::Scalar any_colour(Draws& draws, double low, double high) {
  return {draws.uniform(low, high), draws.uniform(low, high), draws.uniform(low, high)};
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
  const cv::Scalar top = mixed_colour(any_colour(draws, 40, 220), grey, .5);
  const cv::Scalar bottom = mixed_colour(top, any_colour(draws, 20, 220), .5);
  const double tilt = draws.uniform(-.5, .5);
  for (int y = 0; y < kPlatePx; ++y) {
    for (int x = 0; x < kPlatePx; ++x) {
      const double t = std::clamp(y / 320.0 + tilt * (x / 320.0 - .5), 0.0, 1.0);
      const cv::Scalar c = mixed_colour(top, bottom, t);
      plate.at<cv::Vec3f>(y, x) = {static_cast<float>(c[0]), static_cast<float>(c[1]), static_cast<float>(c[2])};
    }
  }
  for (std::uint32_t i = draws.below(6); i > 0; --i) {
    const float x = draw_between(draws, 0, 320), y = draw_between(draws, 0, 260), size = draw_between(draws, 12, 60);
    const bool stripe = draws.chance(.4);
    const float stretch = draw_between(draws, .5, 1.5), degrees = draw_between(draws, 0, 90);
    const cv::Scalar colour = any_colour(draws, 30, 230);
    const double soft = draws.uniform(.8, stripe ? 4 : 9);
    paint(plate,
          stripe ? band_outline({{x, -20}, {x + size / 3, 340}}, size / 2, 1)
                 : ellipse_outline({x, y}, size, size * stretch, degrees),
          colour, soft, .6);
  }
}

void paint_body(cv::Mat& plate, const DrawnFace& f, Draws& draws, const cv::Mat& strands) {
  if (f.back_hair > 0) {
    const float down = f.back_hair == 2 ? 130 : 74;
    paint(plate, ellipse_outline({kEyeMidX, 146}, f.half_width + f.hair_px, 90 + f.hair_px), f.hair * .8, 1.2, 1,
          strands);
    paint(plate, ellipse_outline({kEyeMidX, 146 + down / 2}, f.half_width + f.hair_px * .8f, down, 0, 3), f.hair * .8,
          1.4, 1, strands);
  }
  const float neck = f.half_width * .58f;
  paint(plate, {{160 - neck, 205}, {160 + neck, 205}, {160 + neck * 1.1f, 320}, {160 - neck * 1.1f, 320}}, f.skin * .62,
        1.5);
  const float drop = draw_between(draws, 262, 284), wide = draw_between(draws, 105, 150);
  paint(plate,
        {{160 - wide, 340},
         {160 - wide * .9f, drop + 18},
         {160 - neck * 1.2f, drop - 8},
         {160, drop + 14},
         {160 + neck * 1.2f, drop - 8},
         {160 + wide * .9f, drop + 18},
         {160 + wide, 340}},
        f.cloth * draws.uniform(.8, 1.15), 1.2);
  for (const float side : {-1.f, 1.f}) {
    paint(plate, ellipse_outline({160 + side * (f.half_width + 2), 158}, 9, 20, side * 8), f.skin * .8, .9);
    paint(plate, ellipse_outline({160 + side * (f.half_width + 3), 158}, 4, 12, side * 8), f.skin * .58, 1.5);
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
  paint(plate, band_outline({{148, kMouthY + 17}, {160, kMouthY + 18.5f}, {172, kMouthY + 17}}, 5, .4f), f.skin * .5,
        2.2, .5);
}

void paint_nose(cv::Mat& plate, const DrawnFace& f) {
  paint(plate, ellipse_outline({160, f.nose_y + 6}, f.nose_half_width * 1.05f, 3), f.skin * .4, 1.8, .6);
  for (const float side : {-1.f, 1.f}) {
    paint(plate, ellipse_outline({160 + side * f.nose_half_width * .5f, f.nose_y + 3}, 3.6f, 2.2f, side * 15),
          {22, 22, 36}, .8, .85);
    paint(plate,
          band_outline({{160 + side * (f.nose_half_width + 1), f.nose_y - 6},
                        {160 + side * (f.nose_half_width + 3), f.nose_y},
                        {160 + side * (f.nose_half_width), f.nose_y + 5}},
                       2.4f, .4f),
          f.skin * .45, 1, .6);
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
    line.emplace_back(kEyeMidX + side * (kHalfEyeDistance + u * 19),
                      f.brow_y - pose.lift - f.brow_arch * (1 - (u - .3f) * (u - .3f)));
  }
  paint(plate, band_outline(line, f.brow_px, .45f), mixed_colour(f.hair, {20, 20, 26}, .55), 1, .9);
}

void paint_glasses(cv::Mat& plate, const DrawnFace& f) {
  for (const float side : {-1.f, 1.f}) {
    Outline rim = ellipse_outline({160 + side * 32, 143}, 24, 18, 0, 3);
    rim.push_back(rim.front());
    paint(plate, band_outline(rim, 3, 1), f.glasses_colour, .7, .9);
    paint(plate, band_outline({{160 + side * 56, 139}, {160 + side * f.half_width, 136}}, 3, 1), f.glasses_colour, .7,
          .9);
  }
  paint(plate, band_outline({{152, 140}, {160, 138}, {168, 140}}, 3, 1), f.glasses_colour, .7, .9);
}

}  // namespace

DrawnFace draw_face(Draws& draws) {
  DrawnFace f;
  f.half_width = draw_between(draws, 64, 74), f.chin_y = draw_between(draws, 238, 254),
  f.jaw_power = draw_between(draws, 1.7, 3);
  f.hair_px = draw_between(draws, 6, 24), f.hairline_y = draw_between(draws, 86, 98);
  f.eye_half_width = draw_between(draws, 13, 17), f.eye_half_height = draw_between(draws, 5.5, 8.5),
  f.eye_tilt = draw_between(draws, -1, 2);
  f.brow_y = draw_between(draws, 120, 127), f.brow_px = draw_between(draws, 5, 9),
  f.brow_arch = draw_between(draws, 2, 6);
  f.nose_half_width = draw_between(draws, 9, 14), f.nose_y = draw_between(draws, 179, 187),
  f.nose_height = draw_between(draws, 7, 12);
  f.lip_half_width = draw_between(draws, 21, 30), f.lip_px = draw_between(draws, 4, 8),
  f.smile = draw_between(draws, 0, 5);
  const std::uint32_t skin = draws.below(8), other = draws.below(8);
  f.skin = mixed_colour(kSkins[skin], kSkins[other], draws.uniform(0, .5));
  const std::uint32_t hair = draws.below(6), streak = draws.below(6);
  f.hair = mixed_colour(kHairs[hair], kHairs[streak], draws.uniform(0, .4));
  f.iris = kIrises[draws.below(5)];
  f.lip = mixed_colour(f.skin * .78, {90, 80, 190}, draws.uniform(.15, .5));
  f.cloth = any_colour(draws, 20, 220);
  f.hair_style = static_cast<int>(draws.below(5)), f.back_hair = static_cast<int>(draws.below(3));
  f.grain = draw_between(draws, .02, .06), f.cheek_red = draw_between(draws, 0, .3);
  f.freckles = draws.chance(.2) ? draw_between(draws, .3, 1) : 0;
  f.beard = draws.chance(.25) ? draw_between(draws, .2, .6) : 0;
  f.glasses = draws.chance(.22);
  f.glasses_colour = any_colour(draws, 10, 80);
  f.texture_key = draws.next_u32();
  return f;
}

cv::Mat paint_face(const DrawnFace& f, Draws scene, Draws pose_draws) {
  const Lamp lamp = draw_lamp(scene);
  const Pose pose{draw_between(pose_draws, 0, 1), draw_between(pose_draws, -3, 3), draw_between(pose_draws, -1, 2.5),
                  pose_draws.chance(.1)};
  cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3);
  paint_background(plate, scene);
  Draws own(f.texture_key, DrawFor::kSynth, 1);
  const cv::Mat strands = smooth_noise(own, f.hair_style == 4 ? 60 : 110, f.hair_style == 4 ? 60 : 16, .16) + 1;
  paint_body(plate, f, scene, strands);
  paint_skin(plate, f, lamp);
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
