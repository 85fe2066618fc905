// Stores for bench/audit.sh.
//   bench_audit faces DIR N [PX]    drawn people, one crop each, all in one pose and light, half in train, half in val,
//                                   and 100 copies: JPEG of quality 30, half size and back, mirrored, all three
//   bench_audit crops DIR N [PX]    N crops of N / 32 videos: 100 pictures, cut out at places that differ
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/philox.h"
#include "data/store/crop_store_writer.h"
#include "data/store/jpeg_codec.h"
#include "data/synth/synth_face.h"
#include "data/synth/synth_paint.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
constexpr std::uint32_t kCopies = 100;

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

void write_crops(const fs::path& folder, std::uint32_t count, int px) {
  Splits splits(folder, px);
  std::vector<cv::Mat> plates;
  for (std::uint32_t i = 0; i < 100; ++i) plates.push_back(drawn_plate(i));
  for (std::uint32_t i = 0; i < count; ++i) {
    Draws draws(7, DrawFor::kSynth, i);
    const int side = 150 + static_cast<int>(draws.below(100));
    const auto at = [&] { return static_cast<int>(draws.below(static_cast<std::uint32_t>(320 - side))); };
    const cv::Rect box(at(), at(), side, side);
    const std::uint32_t video = i / 32;
    splits.add(video % 5 == 0 ? Split::kVal : Split::kTrain, "v" + std::to_string(video), i % 32,
               crop_of(plates[i % 100], box, px));
  }
  splits.finish();
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: bench_audit faces|crops DIR N [PX]\n"), 2;
  const auto count = static_cast<std::uint32_t>(std::atoi(argv[3]));
  const int px = argc > 4 ? std::atoi(argv[4]) : 224;
  (std::string(argv[1]) == "faces" ? unmask::write_faces : unmask::write_crops)(argv[2], count, px);
  return 0;
}
