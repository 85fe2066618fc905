// Frames of videos to face crops in memory, core seconds; bench/prepare.py does the same in Python and compares.
//   bench_prepare SHORT_SIDE FACES FRAMES VIDEO...
// FRAMES: so many evenly spaced of each video, 0: all; FACES: tracked, best, all, largest.
// A line a frame: video, number, then left, top, right, bottom, score of the chosen face, if there is one; at the end
// `seconds` of the processor for reading, finding, cutting, and the frames looked at.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "base/words.h"
#include "data/faces/face_cropper.h"
#include "data/faces/face_finder.h"
#include "data/frames/video_reader.h"

namespace unmask {
namespace {

constexpr int kCropPx = 224;
constexpr double kBoxScale = 1.3;

double core_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Seconds {
  double reading = 0, finding = 0, cutting = 0;
};

std::set<std::uint32_t> wanted_frames(const std::string& video, int wanted) {
  std::uint32_t frames = 0;
  for (VideoReader reader(video, {}); reader.skip();) ++frames;
  std::set<std::uint32_t> numbers;
  const std::uint32_t count = wanted == 0 ? frames : std::min(frames, static_cast<std::uint32_t>(wanted));
  for (std::uint32_t i = 0; i < count; ++i) numbers.insert(count > 1 ? i * (frames - 1) / (count - 1) : 0);
  return numbers;
}

int run(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "bench_prepare SHORT_SIDE FACES FRAMES VIDEO...\n");
    return 2;
  }
  cv::setNumThreads(1);
  const auto choice = require_word<FaceChoice>("FACES", argv[2]);
  FaceFinder finder({DetectorKind::kDlibHog, "", 1, std::atoi(argv[1])}, choice);
  Seconds seconds;
  std::size_t looked_at = 0, cut = 0;
  for (int i = 4; i < argc; ++i) {
    const std::set<std::uint32_t> wanted = wanted_frames(argv[i], std::atoi(argv[3]));
    std::vector<std::uint32_t> numbers;
    std::vector<std::vector<FoundFace>> found;
    finder.start();
    double mark = core_seconds();
    const auto lap = [&](double& sum) {
      const double now = core_seconds();
      sum += now - mark;
      mark = now;
    };
    for (VideoReader reader(argv[i], {}); !wanted.empty() && reader.position() <= *wanted.rbegin();) {
      const std::uint32_t number = reader.position();
      if (!wanted.contains(number)) {
        if (!reader.skip()) break;
        continue;
      }
      const std::optional<ReadFrame> frame = reader.next();
      if (!frame) break;
      lap(seconds.reading);
      if (frame->status != FrameStatus::kOk) continue;
      numbers.push_back(number);
      found.push_back(finder.find(frame->image));
      lap(seconds.finding);
      for (const FoundFace& face : found.back()) {
        const FaceBox box = square_box(face.face, frame->image.width, frame->image.height, kBoxScale);
        if (box.width > 0) cut += crop_face(frame->image, box, kCropPx).size();
      }
      lap(seconds.cutting);
    }
    lap(seconds.reading);
    looked_at += numbers.size();
    std::vector<const DetectedFace*> chosen(numbers.size());
    for (const ChosenFace& one : choose_faces(choice, found)) chosen[one.frame] = &found[one.frame][one.face].face;
    for (std::size_t n = 0; n < numbers.size(); ++n) {
      std::printf("%s %u", argv[i], numbers[n]);
      if (const DetectedFace* f = chosen[n])
        std::printf(" %d %d %d %d %.4f", f->left, f->top, f->right, f->bottom, f->score);
      std::printf("\n");
    }
  }
  std::printf("seconds %.3f %.3f %.3f frames %zu\n", seconds.reading, seconds.finding, seconds.cutting, looked_at);
  return cut > 0 ? 0 : 1;
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) { return unmask::run(argc, argv); }
