#include "data/synth/synth_photo.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include <opencv2/imgproc.hpp>

#include "data/faces/face_detector.h"
#include "data/frames/image_file.h"
#include "data/frames/media_decoder.h"
#include "data/frames/opencv_image.h"
#include "data/synth/synth_paint.h"

namespace unmask::synth {
namespace {

// Where the detector's box lies on a plate; seen on drawn faces and photos: eye line .26, mouth line .69 of its height.
constexpr double kBoxPx = 154, kBoxMidX = 160, kBoxMidY = 176.4;
constexpr std::uint32_t kEveryFrame = 3, kMostFrames = 60;
constexpr FrameLimits kLimits{.max_pixels = 64'000'000};

bool is_video_name(const std::filesystem::path& file) {
  static const std::set<std::string> known = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return known.contains(extension);
}

/// Empty if no face is found.
cv::Mat align(const RgbImage& image, FaceDetector& detector) {
  const std::vector<DetectedFace> faces = detector.detect(image);
  if (faces.empty()) return {};
  const DetectedFace& face = faces.front();
  const double scale = kBoxPx / std::max(face.right - face.left + 1, face.bottom - face.top + 1);
  cv::Mat bgr, plate;
  cv::cvtColor(as_mat(image), bgr, cv::COLOR_RGB2BGR);
  if (scale < 1) cv::GaussianBlur(bgr, bgr, {}, .45 / scale);
  const cv::Matx23d place(scale, 0, kBoxMidX - scale * (face.left + face.right) / 2.0, 0, scale,
                          kBoxMidY - scale * (face.top + face.bottom) / 2.0);
  cv::warpAffine(bgr, plate, place, {kPlatePx, kPlatePx}, cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  return plate;
}

void load_photo(const std::filesystem::path& path, FaceDetector& detector, std::vector<cv::Mat>& plates,
                std::string& problem) {
  const ReadFrame photo = read_image(path, kLimits);
  problem = photo.status == FrameStatus::kOk ? "no face found" : photo.problem;
  if (photo.status != FrameStatus::kOk) return;
  if (cv::Mat plate = align(photo.image, detector); !plate.empty()) plates.push_back(plate);
}

void load_video(const std::filesystem::path& path, MediaDecoder& decoder, FaceDetector& detector,
                std::vector<cv::Mat>& plates, std::string& problem) {
  const VideoFacts facts = decoder.probe(path);
  problem = facts.status == FrameStatus::kOk ? "no face found in its frames" : facts.problem;
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t frame = 0; frame < facts.frames && wanted.size() < kMostFrames; frame += kEveryFrame) {
    wanted.push_back(frame);
  }
  if (facts.status != FrameStatus::kOk || wanted.empty()) return;
  decoder.open(path, wanted);
  while (const std::optional<DecodedFrame> frame = decoder.next()) {
    if (frame->read.status != FrameStatus::kOk) {
      if (plates.empty()) problem = frame->read.problem;
    } else if (cv::Mat plate = align(frame->read.image, detector); !plate.empty()) {
      plates.push_back(plate);
    }
  }
}

/// `problem` says why there is nothing.
Footage load_footage(const std::filesystem::path& path, MediaDecoder& decoder, FaceDetector& detector,
                     std::string& problem) {
  Footage footage{path.filename().string(), {}};
  if (is_video_name(path)) {
    load_video(path, decoder, detector, footage.plates, problem);
  } else {
    load_photo(path, detector, footage.plates, problem);
  }
  return footage;
}

}  // namespace

std::string person_name(const std::filesystem::path& file) {
  std::string name;
  for (const unsigned char c : file.stem().string()) {
    if (std::isalnum(c)) name += static_cast<char>(std::tolower(c));
  }
  const std::string all = name;
  while (!name.empty() && std::isdigit(static_cast<unsigned char>(name.back()))) name.pop_back();
  if (name.empty()) name = "p" + all;
  // d and a number are the drawn faces' names.
  return name == "d" ? "person" + name : name;
}

People load_people(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& files, int threads) {
  std::vector<Footage> loaded(files.size());
  std::vector<std::string> problems(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    const std::unique_ptr<FaceDetector> detector = make_face_detector({});
    DecoderOptions options;
    options.limits = kLimits;
    MediaDecoder decoder(options);
    for (std::size_t i = next++; i < files.size(); i = next++) {
      try {
        loaded[i] = load_footage(folder / files[i], decoder, *detector, problems[i]);
      } catch (const std::exception& fault) {
        problems[i] = fault.what();
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t) workers.emplace_back(work);
  }
  People people;
  std::map<std::string, Person> by_name;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (loaded[i].plates.empty()) {
      people.unused.push_back(files[i].string() + ": " + problems[i]);
      continue;
    }
    Person& person = by_name[person_name(files[i])];
    person.name = person_name(files[i]);
    person.footage.push_back(std::move(loaded[i]));
  }
  for (auto& [name, person] : by_name) people.people.push_back(std::move(person));
  return people;
}

PhotoClip::PhotoClip(const Footage& footage, Draws draws, int frames) : footage_(footage) {
  const auto stored = static_cast<std::uint32_t>(footage.plates.size());
  const auto wanted = static_cast<std::uint32_t>(frames);
  first_ = draws.below(stored > wanted ? stored - wanted + 1 : 1);
  mirrored_ = draws.chance(.5);
  dx_ = smooth_noise(draws, 3, 3, 2.5), dy_ = smooth_noise(draws, 3, 3, 2.5);
}

cv::Mat PhotoClip::plate(int number, Draws frame) const {
  const cv::Mat dx = dx_ + smooth_noise(frame, 4, 4, .5), dy = dy_ + smooth_noise(frame, 4, 4, .5);
  cv::Mat x(kPlatePx, kPlatePx, CV_32F), y(kPlatePx, kPlatePx, CV_32F), plate, bent;
  for (int row = 0; row < kPlatePx; ++row) {
    for (int col = 0; col < kPlatePx; ++col) {
      const auto from = static_cast<float>(mirrored_ ? kPlatePx - col : col);
      x.at<float>(row, col) = from + dx.at<float>(row, col);
      y.at<float>(row, col) = static_cast<float>(row) + dy.at<float>(row, col);
    }
  }
  const std::size_t index = (first_ + static_cast<std::size_t>(number)) % footage_.plates.size();
  footage_.plates[index].convertTo(plate, CV_32F);
  cv::remap(plate, bent, x, y, cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
  return bent;
}

}  // namespace unmask::synth
