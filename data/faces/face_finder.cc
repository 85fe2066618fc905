#include "data/faces/face_finder.h"

#include <algorithm>

namespace unmask {

struct FaceFinder::Impl {
  std::unique_ptr<FaceDetector> detector;
  FaceChoice choice;
};

FaceFinder::FaceFinder(const FaceDetectorOptions& options, FaceChoice choice)
    : impl_(std::make_unique<Impl>(Impl{make_face_detector(options), choice})) {}
FaceFinder::~FaceFinder() = default;
void FaceFinder::start() {}
std::vector<FoundFace> FaceFinder::find(const RgbImage& frame, const RgbImage*) {
  std::vector<FoundFace> found;
  for (const DetectedFace& face : impl_->detector->detect(frame)) found.push_back({face, 0});
  if (found.size() > 1 && impl_->choice != FaceChoice::kAll) found.resize(1);
  return found;
}
std::string FaceFinder::version() const { return impl_->detector->version(); }

std::vector<ChosenFace> choose_faces(FaceChoice, std::span<const std::vector<FoundFace>> found) {
  std::vector<ChosenFace> chosen;
  for (std::size_t frame = 0; frame < found.size(); ++frame) {
    for (std::size_t face = 0; face < found[frame].size(); ++face) chosen.push_back({frame, face, 0});
  }
  return chosen;
}

}  // namespace unmask
