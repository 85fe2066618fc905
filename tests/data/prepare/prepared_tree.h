// A small tree of frames in the published layout, real faces and hostile files among them, and what the tests of
// prepare do with it.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "data/prepare/prepare.h"
#include "data/prepare/prepare_join.h"
#include "data/prepare/prepare_listing.h"
#include "tests/data/real_faces.h"

namespace unmask {

using FileBytes = std::vector<std::uint8_t>;

inline cv::Mat photo(const std::string& name, int width) {
  const cv::Mat whole = cv::imread(face_file(name).native());
  cv::Mat scaled;
  cv::resize(whole, scaled, cv::Size(width, width * whole.rows / whole.cols), 0, 0, cv::INTER_AREA);
  return scaled;
}

inline void write_image(const std::filesystem::path& file, const cv::Mat& image) {
  std::filesystem::create_directories(file.parent_path());
  ASSERT_TRUE(cv::imwrite(file.native(), image));
}

/// Two datasets of real faces (a photo, frames of a real video), "fakes" (mirrored), and hostile files among them.
inline void make_datasets(const std::filesystem::path& datasets) {
  const std::filesystem::path base = datasets / "base_deepfake", augment = datasets / "augment_deepfake";
  cv::VideoCapture video(face_file("carphone.mp4").native());
  cv::Mat image;
  for (int frame = 0; frame < 5; ++frame) {
    ASSERT_TRUE(video.read(image));
    write_image(base / "real" / "frames" / ("carphone_01_00" + std::to_string(frame) + ".png"), image);
    cv::Mat mirrored;
    cv::flip(image, mirrored, 1);
    write_image(base / "fake" / "frames" / ("swap_carphone_02_00" + std::to_string(frame) + ".jpg"), mirrored);
  }
  write_image(base / "val" / "real" / "frames" / "hopper_01_001.png", photo("hopper.jpg", 160));
  write_image(base / "val" / "fake" / "frames" / "deepfake_000_003_001.jpg", photo("astronaut.png", 220));
  write_image(augment / "real" / "frames" / "obama_01_001.jpg", photo("obama.jpg", 200));
  write_image(augment / "fake" / "frames" / "part_biden_01_001.jpg", photo("biden.jpg", 200));
  const std::filesystem::path odd = base / "fake" / "frames";
  const FileBytes whole = read_bytes(odd / "swap_carphone_02_000.jpg");
  write_bytes(odd / "swap_cut_01_001.jpg",
              FileBytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
  write_bytes(odd / "text_001.png", {'t', 'e', 'x', 't'});
  write_bytes(odd / "\xff_001.png", {});
  std::filesystem::create_directory(odd / "folder_001.png");
  std::filesystem::create_symlink("loop_001.png", odd / "loop_001.png");
  ASSERT_EQ(mkfifo((odd / "fifo_001.png").c_str(), 0600), 0);
  write_image(odd / "large_001.png", cv::Mat(600, 600, CV_8UC3, cv::Scalar::all(90)));
  write_image(odd / "wall_001.png", cv::Mat(120, 120, CV_8UC3, cv::Scalar::all(90)));
}

/// The ranks, one after another.
inline std::map<std::string, PrepareCounts> prepare_all(const PrepareOptions& options, int world) {
  const PreparePlan plan = plan_prepare(options);
  for (int rank = world - 1; rank >= 0; --rank) prepare_units(plan, rank, world, {});
  return join_prepared(plan);
}

/// Every file below a folder, by its path from there.
inline std::map<std::string, FileBytes> files_below(const std::filesystem::path& folder) {
  std::map<std::string, FileBytes> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().lexically_relative(folder).native()] = read_bytes(entry.path());
  }
  return files;
}

inline std::set<std::string> file_names_below(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& [name, bytes] : files_below(folder)) names.insert(name);
  return names;
}

}  // namespace unmask
