// Stores for bench/audit.sh.
//   bench_audit faces DIR N [PX]    drawn people, one crop each, all in one pose and light, half in train, half in val,
//                                   and 100 copies: JPEG of quality 30, half size and back, mirrored, all three
//   bench_audit crops DIR N [PX]    N crops of N / 32 videos, each of a drawn person of its own whose box moves by some
//                                   pixels, every fifth in val, and the last 100 copies of the first, as above
// And what is asked of candidates there:
//   bench_audit candidates DIR [EVERY]    how many are found, how many their probes leave, what one costs; every
//                                         EVERYth (1) is looked at whole too: no copy may be lost
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/philox.h"
#include "data/audit/candidate_matcher.h"
#include "data/store/crop_store_writer.h"
#include "data/store/jpeg_codec.h"
#include "data/synth/synth_face.h"
#include "data/synth/synth_paint.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
constexpr std::uint32_t kCopies = 100, kFrames = 32;

std::vector<std::uint8_t> as_rgb(const cv::Mat& image) { return {image.data, image.data + image.total() * 3}; }

cv::Mat drawn_plate(std::uint32_t person) {
  Draws draws(5, DrawFor::kSynth, person);
  const synth::DrawnFace face = synth::draw_face(draws);
  cv::Mat plate =
      synth::paint_face(face, Draws(5, DrawFor::kSynth, person, 0, 1), Draws(5, DrawFor::kSynth, person, 0, 2));
  plate.convertTo(plate, CV_8U);
  cv::cvtColor(plate, plate, cv::COLOR_BGR2RGB);
  return plate;
}

cv::Mat crop_of(const cv::Mat& plate, const cv::Rect& box, int px) {
  cv::Mat crop;
  cv::resize(plate(box), crop, {px, px}, 0, 0, cv::INTER_AREA);
  return crop;
}

cv::Mat copy_of(const cv::Mat& crop, std::uint32_t way) {
  const int px = crop.cols;
  cv::Mat copy = crop.clone();
  if (way == 1 || way == 3) {
    cv::Mat small;
    cv::resize(copy, small, {px / 2, px / 2}, 0, 0, cv::INTER_AREA);
    cv::resize(small, copy, {px, px}, 0, 0, cv::INTER_LINEAR);
  }
  if (way == 2 || way == 3) cv::flip(copy, copy, 1);
  if (way == 0 || way == 3) {
    const std::vector<std::uint8_t> jpeg = encode_jpeg(as_rgb(copy), px, 30, JpegColour::k420);
    decode_jpeg(jpeg, px, {copy.data, copy.total() * 3});
  }
  return copy;
}

class Splits {
 public:
  Splits(const fs::path& folder, int px)
      : train_(folder_of(folder) / "train.crops", px, CropEncoding::kJpeg95, "{}"),
        val_(folder / "drawn" / "val.crops", px, CropEncoding::kJpeg95, "{}") {}
  void add(Split split, const std::string& video, std::uint32_t frame, const cv::Mat& crop) {
    FrameInfo info;
    info.dataset = "drawn", info.method = "real", info.video = video, info.split = split, info.frame = frame;
    info.label = static_cast<std::uint8_t>(video.back() % 2);
    (split == Split::kTrain ? train_ : val_).append(info, as_rgb(crop));
  }
  void finish() { train_.finish(), val_.finish(); }

 private:
  static fs::path folder_of(const fs::path& folder) {
    fs::create_directories(folder / "drawn");
    return folder / "drawn";
  }
  CropStoreWriter train_, val_;
};

void write_faces(const fs::path& folder, std::uint32_t count, int px) {
  Splits splits(folder, px);
  const cv::Rect box(45, 45, 230, 230);
  for (std::uint32_t i = 0; i < count; ++i) {
    const cv::Mat crop = crop_of(drawn_plate(i), box, px);
    splits.add(i % 2 == 0 ? Split::kTrain : Split::kVal, "p" + std::to_string(i), 0, crop);
    if (i < 2 * kCopies && i % 2 == 0) splits.add(Split::kVal, "copy" + std::to_string(i), 0, copy_of(crop, i / 2 % 4));
  }
  splits.finish();
}

/// Each video is of a person of its own but for the last, kCopies or a fifth of all: copies of the first of train.
void write_crops(const fs::path& folder, std::uint32_t count, int px) {
  Splits splits(folder, px);
  const std::uint32_t videos = (count + kFrames - 1) / kFrames, originals = videos - std::min(kCopies, videos / 5);
  for (std::uint32_t video = 0; video < videos; ++video) {
    const bool is_copy = video >= originals;
    const std::uint32_t copy = video - originals, shown = is_copy ? copy + copy / 4 : video;
    const cv::Mat plate = drawn_plate(shown);
    Draws draws(7, DrawFor::kSynth, shown);
    for (std::uint32_t frame = 0; frame < std::min(kFrames, count - video * kFrames); ++frame) {
      const auto about = [&](int middle) { return middle + static_cast<int>(draws.below(9)) - 4; };
      const int side = about(230);
      const cv::Mat crop = crop_of(plate, {about(160) - side / 2, about(160) - side / 2, side, side}, px);
      splits.add(is_copy || video % 5 == 4 ? Split::kVal : Split::kTrain,
                 (is_copy ? "copy" : "p") + std::to_string(shown), frame, is_copy ? copy_of(crop, copy % 4) : crop);
    }
  }
  splits.finish();
}

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

std::vector<DuplicateCandidate> candidates_of(const AuditCrops& crops, CandidateMatcher& matcher) {
  std::vector<std::uint8_t> rgb;
  std::vector<CropSketch> sketches;
  std::vector<CropProbe> probes;
  const std::vector<std::uint32_t> are_probes = probe_crops(crops.video_of());
  for (std::uint32_t i = 0; i < crops.size(); ++i) {
    crops.read(i, rgb);
    sketches.push_back(sketch_crop(rgb, crops.crop_px(i)));
    if (probes.size() < are_probes.size() && are_probes[probes.size()] == i)
      probes.push_back(probe_crop(i, rgb, crops.crop_px(i))), matcher.keep(probes.back());
  }
  const Shard all = {0, sketches.size()};
  return merge_candidates(find_candidates(sketches, crops.video_of(), crops.videos(), all, probes), crops.video_of());
}

int look_at_candidates(const fs::path& folder, std::size_t every) {
  const AuditCrops crops(find_audit_stores({folder.string()}));
  CandidateMatcher matcher(crops);
  const std::vector<DuplicateCandidate> candidates = candidates_of(crops, matcher);
  std::size_t left = 0, copies = 0, lost = 0, compared = 0;
  double now_ms = 0, whole_ms = 0;
  std::vector<std::uint8_t> first, second;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const DuplicateCandidate& at = candidates[i];
    double start = cpu_ms();
    const CropMatch match = matcher.match(at);
    now_ms += cpu_ms() - start;
    left += match.similarity != 0, copies += match.is_copy();
    if (i % every != 0) continue;
    start = cpu_ms();
    crops.read(at.first, first), crops.read(at.second, second);
    const CropMatch whole =
        match_crops({first, crops.crop_px(at.first)}, {second, crops.crop_px(at.second)}, at.mirrored != 0);
    whole_ms += cpu_ms() - start;
    ++compared, lost += whole.is_copy() && whole.similarity != match.similarity;
  }
  const auto mean = [](double sum, std::size_t count) { return sum / static_cast<double>(count); };
  std::printf("%zu candidates, %zu left by their probes, %zu copies: %.3f ms of CPU each; ", candidates.size(), left,
              copies, mean(now_ms, candidates.size()));
  std::printf("whole crops of %zu: %.3f ms each, %zu copies lost\n", compared, mean(whole_ms, compared), lost);
  return lost != 0;
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc < 3 || (what != "candidates" && argc < 4)) {
    std::fprintf(stderr, "usage: bench_audit faces|crops DIR N [PX] | candidates DIR [EVERY]\n");
    return 2;
  }
  if (what == "candidates")
    return unmask::look_at_candidates(argv[2], argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1);
  const auto count = static_cast<std::uint32_t>(std::atoi(argv[3]));
  const int px = argc > 4 ? std::atoi(argv[4]) : 224;
  (what == "faces" ? unmask::write_faces : unmask::write_crops)(argv[2], count, px);
  return 0;
}
