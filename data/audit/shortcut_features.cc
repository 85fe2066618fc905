#include "data/audit/shortcut_features.h"

#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace unmask {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

enum Feature : std::size_t {
  kFileBytes,
  kBytesPerPixel,
  kFrameWidth,
  kFrameHeight,
  kRecordBytes,
  kBoxSide,
  kBoxShare,
  kBoxX,
  kBoxY,
  kDetectorScore,
  kBrightness,
  kContrast,
  kRed,
  kGreen,
  kBlue,
  kBorderSharpness,
  kSharpness,
  kFeatures
};
using CropFeatures = std::array<double, kFeatures>;

/// Sizes differ by factors.
double log_of(double value) { return value > 0 ? std::log(value) : kUnknown; }

CropFeatures features_of(const FrameInfo& frame, double jpeg_bytes_per_pixel, const CropLook& look) {
  const double width = frame.frame_width, height = frame.frame_height, bytes = static_cast<double>(frame.source_bytes);
  const bool is_sized = width > 0 && height > 0;
  const double side = frame.box.width;
  CropFeatures features;
  features[kFileBytes] = log_of(bytes);
  features[kBytesPerPixel] = is_sized ? log_of(bytes / (width * height)) : kUnknown;
  features[kFrameWidth] = log_of(width), features[kFrameHeight] = log_of(height);
  features[kRecordBytes] = log_of(jpeg_bytes_per_pixel);
  features[kBoxSide] = log_of(side);
  features[kBoxShare] = is_sized ? log_of(side / std::sqrt(width * height)) : kUnknown;
  features[kBoxX] = is_sized ? (frame.box.x + side / 2) / width : kUnknown;
  features[kBoxY] = is_sized ? (frame.box.y + frame.box.height / 2.0) / height : kUnknown;
  features[kDetectorScore] = frame.detector_score != 0 ? frame.detector_score : kUnknown;
  features[kBrightness] = look.brightness, features[kContrast] = look.contrast;
  features[kRed] = look.red, features[kGreen] = look.green, features[kBlue] = look.blue;
  features[kBorderSharpness] = look.border_sharpness, features[kSharpness] = look.sharpness;
  return features;
}

std::vector<ProbeGroup> groups_with(std::size_t compressions) {
  std::vector<ProbeGroup> groups = {{"file size", {kFileBytes, kBytesPerPixel}},
                                    {"frame size", {kFrameWidth, kFrameHeight}},
                                    {"compression", {}},
                                    {"crop's JPEG size", {kRecordBytes}},
                                    {"box", {kBoxSide, kBoxShare, kBoxX, kBoxY}},
                                    {"detector score", {kDetectorScore}},
                                    {"brightness, contrast", {kBrightness, kContrast}},
                                    {"mean colour", {kRed, kGreen, kBlue}},
                                    {"border sharpness", {kBorderSharpness}},
                                    {"sharpness", {kSharpness}}};
  for (std::size_t i = 0; i < compressions; ++i) groups[2].columns.push_back(kFeatures + i);
  return groups;
}

/// All columns that are known of some video.
ProbeGroup all_of(std::span<const ProbedVideo> videos, std::size_t columns) {
  ProbeGroup all{"all", {}};
  for (std::size_t column = 0; column < columns; ++column) {
    for (const ProbedVideo& video : videos) {
      if (std::isnan(video.features[column])) continue;
      all.columns.push_back(column);
      break;
    }
  }
  return all;
}

/// Sums of what is known, and of how many.
struct Sums {
  CropFeatures sum = {}, known = {};
  void add(const CropFeatures& features) {
    for (std::size_t k = 0; k < kFeatures; ++k) {
      if (!std::isnan(features[k])) sum[k] += features[k], ++known[k];
    }
  }
};

}  // namespace

ShortcutTable shortcut_table(const AuditCrops& crops, std::span<const CropLook> looks, const std::string& dataset) {
  std::vector<Sums> sums(crops.videos().size());
  std::vector<std::string> compression_of(crops.videos().size());
  std::set<std::string> compressions;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const std::uint32_t video = crops.video_of()[i];
    if (crops.videos()[video].dataset != dataset) continue;
    const FrameInfo frame = crops.frame(i);
    const double pixels = std::pow(crops.crop_px(i), 2);
    sums[video].add(features_of(frame, static_cast<double>(crops.jpeg_bytes(i)) / pixels, looks[i]));
    compressions.insert(compression_of[video] = frame.compression);
  }
  ShortcutTable table;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const AuditVideo& video = crops.videos()[i];
    if (video.dataset != dataset) continue;
    ProbedVideo probed{video.name() + " " + video.target + " " + video.source, video.label, {}};
    for (std::size_t k = 0; k < kFeatures; ++k)
      probed.features.push_back(sums[i].known[k] > 0 ? sums[i].sum[k] / sums[i].known[k] : kUnknown);
    for (const std::string& name : compressions) probed.features.push_back(name == compression_of[i] ? 1 : 0);
    table.videos.push_back(std::move(probed));
  }
  table.groups = groups_with(compressions.size());
  table.groups.push_back(all_of(table.videos, kFeatures + compressions.size()));
  return table;
}

}  // namespace unmask
