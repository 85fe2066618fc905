// Augmentation of face crops in memory, images per second of one core's processor time.
//   bench_augment make FILE [STORE]     writes 256 crops of 224 px as raw bytes: of a crop store, or drawn
//   bench_augment run FILE JPEGS [PATH...]   a JSON line each PATH: generic, avx2, avx512, best, normalise; jpeg:
//       decodes and augments the files in JPEGS (a length of 32 bits before each); decode: decodes and normalises them
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/philox.h"
#include "data/augment/augment.h"
#include "data/augment/augment_kernels.h"
#include "data/store/jpeg_codec.h"
#include "data/store/sample_list.h"

namespace unmask {
namespace {

constexpr int kPx = 224;
constexpr std::size_t kCropBytes = std::size_t{kPx} * kPx * 3;
constexpr std::size_t kCrops = 256;
constexpr double kSeconds = 1.0;

using Crop = std::vector<std::uint8_t>;

Crop drawn_crop(std::uint32_t number) {
  Draws draws(number, DrawFor::kSynth);
  double wave[9];
  for (double& value : wave) value = draws.uniform(1.0, 9.0);
  Crop crop;
  for (std::size_t i = 0; i < kCropBytes; ++i) {
    const auto channel = i % 3;
    const double x = static_cast<double>(i / 3 % kPx) / kPx, y = static_cast<double>(i / 3 / kPx) / kPx;
    const double value = 128 + 60 * std::sin(wave[channel] * x + wave[channel + 3]) * std::cos(wave[channel + 6] * y);
    crop.push_back(static_cast<std::uint8_t>(std::clamp(value + draws.uniform(-8.0, 8.0), 0.0, 255.0)));
  }
  return crop;
}

void make(const std::string& file, const std::string& store) {
  std::ofstream out(file, std::ios::binary);
  const auto write = [&out](const Crop& crop) {
    out.write(reinterpret_cast<const char*>(crop.data()), static_cast<std::streamsize>(crop.size()));
  };
  if (store.empty()) {
    for (std::uint32_t i = 0; i < kCrops; ++i) write(drawn_crop(i));
    return;
  }
  const std::vector<std::filesystem::path> files = {store};
  const SampleList samples(files);
  if (samples.crop_px() != kPx || samples.size() == 0) throw Error(ErrorKind::kData, store + ": no crops of 224 px");
  Crop crop(kCropBytes);
  for (std::size_t i = 0; i < kCrops; ++i) {
    samples.read(i % samples.size(), crop);
    write(crop);
  }
}

std::vector<Crop> read_crops(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<Crop> crops;
  Crop crop(kCropBytes);
  while (in.read(reinterpret_cast<char*>(crop.data()), static_cast<std::streamsize>(kCropBytes))) crops.push_back(crop);
  if (crops.empty()) throw Error(ErrorKind::kData, file + ": no crops");
  return crops;
}

std::vector<Crop> read_jpegs(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<Crop> jpegs;
  std::uint32_t bytes = 0;
  while (in.read(reinterpret_cast<char*>(&bytes), sizeof bytes)) {
    in.read(reinterpret_cast<char*>(jpegs.emplace_back(bytes).data()), static_cast<std::streamsize>(bytes));
  }
  return jpegs;
}

double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Outcome {
  double images_per_s = 0, mean = 0;
  std::string digest;
};

/// `coded`: the crops are JPEG files.
Outcome measure(const std::vector<Crop>& crops, bool is_plain, bool coded) {
  const AugmentOptions options;
  Crop decoded(kCropBytes);
  std::vector<float> output(kCropBytes);
  const auto one = [&](std::size_t i, std::uint32_t epoch) {
    const Crop& stored = crops[i % crops.size()];
    if (coded && !decode_jpeg(stored, kPx, decoded)) throw Error(ErrorKind::kData, "a JPEG can't be decoded");
    const Crop& crop = coded ? decoded : stored;
    if (is_plain) {
      normalise(crop, kPx, output);
    } else {
      augment(crop, kPx, draw_augmentation(options, kPx, 0, epoch, static_cast<std::uint32_t>(i)), output);
    }
  };
  Outcome outcome;
  Digest128Stream digest;
  for (std::size_t i = 0; i < crops.size(); ++i) {  // what comes out is looked at first, and warms the caches
    one(i, 0);
    digest.update(std::as_bytes(std::span(output)));
    for (const float value : output) outcome.mean += static_cast<double>(value);
  }
  outcome.mean /= static_cast<double>(crops.size() * kCropBytes);
  outcome.digest = to_hex(digest.digest());
  const double start = processor_s();
  std::size_t count = 0;
  double took = 0;
  for (; took < kSeconds; took = processor_s() - start) {
    for (int i = 0; i < 32; ++i) one(count++, 1);
  }
  outcome.images_per_s = static_cast<double>(count) / took;
  return outcome;
}

InstructionSet set_of(const std::string& path) {
  const bool best = path == "best" || path == "normalise" || path == "jpeg" || path == "decode";
  const auto set = best ? augment_kernels().best() : from_word<InstructionSet>(path);
  if (!set) throw Error(ErrorKind::kUsage, "no path " + path);
  return *set;
}

int run(int count, char** words) {
  const std::string mode = count > 2 ? words[1] : "";
  if (mode == "make") {
    make(words[2], count > 3 ? words[3] : "");
    return 0;
  }
  if (mode != "run" || count < 4)
    throw Error(ErrorKind::kUsage, "bench_augment make FILE [STORE] | run FILE JPEGS [PATH...]");
  const std::vector<Crop> crops = read_crops(words[2]), jpegs = read_jpegs(words[3]);
  for (int i = 4; i < count; ++i) {
    const std::string name = words[i];
    if (!augment_kernels().force(set_of(name))) continue;  // this processor has no such instructions
    const bool coded = name == "jpeg" || name == "decode";
    const Outcome outcome = measure(coded ? jpegs : crops, name == "normalise" || name == "decode", coded);
    if (!std::isfinite(outcome.mean)) throw Error(ErrorKind::kFailed, name + ": output is not finite");
    std::printf("{\"path\": \"%s\", \"images_per_s\": %.1f, \"mean\": %.5f, \"digest\": \"%s\"}\n", name.c_str(),
                outcome.images_per_s, outcome.mean, outcome.digest.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace unmask

int main(int count, char** words) try { return unmask::run(count, words); } catch (const unmask::Error& error) {
  std::fprintf(stderr, "bench_augment: %s\n", error.what());
  return static_cast<int>(error.kind());
}
