// What the loader gives from stores in memory, crops a second of one core's processor time, digests checked:
//   bench_input_path FOLDER     makes raw.crops and jpeg.crops of 1024 drawn crops of 224 px there; a JSON line each of
//                               images (augmented, normalised floats), bytes (what a GPU is fed with), and a copy alone
// `share`: bytes of crops a second over those that memcpy moves.
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/philox.h"
#include "data/load/loader.h"
#include "data/store/crop_store_writer.h"

namespace unmask {
namespace {

constexpr int kPx = 224, kMicrobatch = 32;
constexpr std::size_t kCropBytes = std::size_t{kPx} * kPx * 3;
constexpr std::uint32_t kCrops = 1024;
constexpr double kSeconds = 2.0;

double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Smooth, with a little noise: a JPEG of it is about as large as one of a face.
void make(const std::filesystem::path& file, CropEncoding encoding) {
  CropStoreWriter writer(file, kPx, encoding, "{}");
  std::vector<std::uint8_t> rgb(kCropBytes);
  for (std::uint32_t i = 0; i < kCrops; ++i) {
    Draws draws(i, DrawFor::kSynth);
    const double wave = draws.uniform(1.0, 9.0);
    for (std::size_t at = 0; at < kCropBytes; ++at) {
      const double x = static_cast<double>(at / 3 % kPx) / kPx, y = static_cast<double>(at / 3 / kPx) / kPx;
      rgb[at] =
          static_cast<std::uint8_t>(128 + 60 * std::sin(wave * x) * std::cos(wave * y) + draws.uniform(-8.0, 8.0));
    }
    FrameInfo frame;
    frame.video = "v";
    frame.frame = i;
    writer.append(frame, rgb);
  }
  writer.finish();
}

double crops_per_s(const SampleList& samples, bool as_bytes) {
  const ByteMemory memory = [](std::size_t bytes) {
    return std::shared_ptr<std::uint8_t>(new std::uint8_t[bytes], std::default_delete<std::uint8_t[]>());
  };
  Loader loader(samples, AugmentOptions{}, 1, /*threads=*/0, 4, as_bytes ? memory : ByteMemory());
  const auto pass = [&] {
    for (std::uint32_t first = 0; first < kCrops; first += kMicrobatch) {
      LoadRequest request;
      request.training = true;
      for (std::uint32_t i = first; i < first + kMicrobatch; ++i) request.items.push_back({i, i});
      loader.push(std::move(request));
      loader.recycle(loader.next());
    }
  };
  pass();  // the page cache is warm then
  const double start = processor_s();
  double took = 0, count = 0;
  for (; took < kSeconds; took = processor_s() - start) pass(), count += kCrops;
  return count / took;
}

/// Bytes a second that memcpy moves between two places far larger than the caches.
double copied_per_s() {
  std::vector<std::uint8_t> from(kCrops * kCropBytes, 1), to(kCrops * kCropBytes, 2);
  const double start = processor_s();
  double took = 0, count = 0;
  for (; took < kSeconds; took = processor_s() - start) {
    std::memcpy(to.data(), from.data(), to.size());
    from[static_cast<std::size_t>(count)] = to[static_cast<std::size_t>(count) + 1];
    ++count;
  }
  return count * static_cast<double>(to.size()) / took;
}

int run(const std::filesystem::path& folder) {
  const double copied = copied_per_s();
  std::printf("{\"path\": \"memcpy\", \"gb_per_s\": %.2f, \"crops_per_s\": %.0f}\n", copied / 1e9, copied / kCropBytes);
  for (const CropEncoding encoding : {CropEncoding::kRaw, CropEncoding::kJpeg95}) {
    const std::string word(to_word(encoding));
    const std::vector<std::filesystem::path> files = {folder / (word + ".crops")};
    if (!std::filesystem::exists(files[0])) make(files[0], encoding);
    const SampleList samples(files);
    for (const bool as_bytes : {false, true}) {
      const double speed = crops_per_s(samples, as_bytes);
      std::printf("{\"path\": \"%s %s\", \"crops_per_s\": %.0f, \"share\": %.3f, \"store_kib_a_crop\": %.1f}\n",
                  word.c_str(), as_bytes ? "bytes" : "images", speed, speed * kCropBytes / copied,
                  static_cast<double>(std::filesystem::file_size(files[0])) / kCrops / 1024);
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"most_memory_mib\": %ld}\n", usage.ru_maxrss / 1024);
  return 0;
}

}  // namespace
}  // namespace unmask

int main(int count, char** words) try {
  if (count != 2) throw unmask::Error(unmask::ErrorKind::kUsage, "bench_input_path FOLDER");
  return unmask::run(words[1]);
} catch (const unmask::Error& error) {
  std::fprintf(stderr, "bench_input_path: %s\n", error.what());
  return static_cast<int>(error.kind());
}
