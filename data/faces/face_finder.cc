#include "data/faces/face_finder.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <opencv2/imgproc.hpp>

#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

constexpr int kFullEvery = 8;        // frames
constexpr double kOtherScene = 24;   // mean difference of the small pictures, of 255
constexpr int kSmallPicturePx = 32;  // side
constexpr int kBright = 64;          // of 255: altered; H.264's noise on black stays far below

cv::Mat small_picture(const RgbImage& frame) {
  const auto picture = [](int side) { return cv::Size(side, side); };
  cv::Mat samples, grey;  // sixteen samples of the frame a pixel: a mean of all would cost as much as the search
  cv::resize(as_mat(frame), samples, picture(4 * kSmallPicturePx), 0, 0, cv::INTER_NEAREST);
  cv::cvtColor(samples, samples, cv::COLOR_RGB2GRAY);
  cv::resize(samples, grey, picture(kSmallPicturePx), 0, 0, cv::INTER_AREA);
  return grey;
}

bool other_scene(const cv::Mat& before, const cv::Mat& now) {
  return cv::norm(before, now, cv::NORM_L1) > kOtherScene * kSmallPicturePx * kSmallPicturePx;
}

}  // namespace

void mark_altered(const RgbImage& mask, int frame_width, int frame_height, std::vector<FoundFace>& faces) {
  cv::Mat grey;
  cv::cvtColor(as_mat(mask), grey, cv::COLOR_RGB2GRAY);
  const cv::Mat bright = grey >= kBright;
  const int altered = cv::countNonZero(bright);
  if (altered == 0) return;
  const auto scaled = [](int position, int of, int to) {
    return static_cast<int>(std::lround(static_cast<double>(position) * to / of));
  };
  for (FoundFace& found : faces) {
    const DetectedFace& face = found.face;
    const cv::Rect box(
        cv::Point(scaled(face.left, frame_width, mask.width), scaled(face.top, frame_height, mask.height)),
        cv::Point(scaled(face.right + 1, frame_width, mask.width), scaled(face.bottom + 1, frame_height, mask.height)));
    const cv::Rect inside = box & cv::Rect(0, 0, mask.width, mask.height);
    if (!inside.empty()) found.altered = static_cast<double>(cv::countNonZero(bright(inside))) / altered;
  }
}

struct FaceFinder::Impl {
  std::unique_ptr<FaceDetector> detector;
  FaceChoice choice;
  // Of the frame before, for `tracked`:
  std::vector<DetectedFace> known;
  cv::Mat picture;
  int width = 0, height = 0;
  int since_full = 0;

  bool may_search_near(const RgbImage& frame, const cv::Mat& now) const {
    return !known.empty() && frame.width == width && frame.height == height && since_full + 1 < kFullEvery &&
           !other_scene(picture, now);
  }

  std::vector<DetectedFace> find_tracked(const RgbImage& frame) {
    const cv::Mat now = small_picture(frame);
    std::optional<std::vector<DetectedFace>> faces;
    if (may_search_near(frame, now)) faces = detector->detect_near(frame, known);
    ++since_full;
    if (!faces) {
      faces = detector->detect(frame);
      since_full = 0;
    }
    known = *faces;
    picture = now;
    width = frame.width;
    height = frame.height;
    return known;
  }
};

FaceFinder::FaceFinder(const FaceDetectorOptions& options, FaceChoice choice)
    : impl_(std::make_unique<Impl>(Impl{make_face_detector(options), choice, {}, {}})) {}

FaceFinder::~FaceFinder() = default;

void FaceFinder::start() { impl_->known.clear(); }

std::vector<FoundFace> FaceFinder::find(const RgbImage& frame, const RgbImage* mask) {
  const bool tracked = impl_->choice == FaceChoice::kTracked;
  std::vector<FoundFace> found;
  for (const DetectedFace& face : tracked ? impl_->find_tracked(frame) : impl_->detector->detect(frame)) {
    found.push_back({face, 0});
  }
  if (mask && wants_masks(impl_->choice)) mark_altered(*mask, frame.width, frame.height, found);
  if (impl_->choice == FaceChoice::kLargest || impl_->choice == FaceChoice::kBest) {
    const std::vector<ChosenFace> chosen = choose_faces(impl_->choice, std::span(&found, 1));
    return chosen.empty() ? std::vector<FoundFace>{} : std::vector<FoundFace>{found[chosen.front().face]};
  }
  return found;
}

std::string FaceFinder::version() const { return impl_->detector->version(); }

}  // namespace unmask
