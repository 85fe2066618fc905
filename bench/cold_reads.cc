// Crops a second that the loader reads and augments, by loader threads; bench/cold_reads.sh makes each read take 2 ms.
//   bench_cold_reads FILE     a store of 512 drawn crops of 224 px is made there
#include <chrono>
#include <cstdio>
#include <span>
#include <vector>

#include "base/philox.h"
#include "base/seconds_since.h"
#include "data/load/loader.h"
#include "data/store/crop_store_writer.h"

namespace unmask {
namespace {

constexpr int kPx = 224, kMicrobatch = 32;
constexpr std::uint32_t kCrops = 512;

void make(const std::filesystem::path& file) {
  CropStoreWriter writer(file, kPx, CropEncoding::kRaw, "{}");
  std::vector<std::uint8_t> rgb(std::size_t{kPx} * kPx * 3);
  for (std::uint32_t i = 0; i < kCrops; ++i) {
    Draws draws(i, DrawFor::kSynth);
    for (std::uint8_t& value : rgb) value = static_cast<std::uint8_t>(draws.below(256));
    FrameInfo frame;
    frame.video = "v";
    frame.frame = i;
    writer.append(frame, rgb);
  }
  writer.finish();
}

double crops_per_s(const SampleList& samples, int threads) {
  Loader loader(samples, AugmentOptions{}, 1, threads, threads + 3);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint32_t first = 0; first < kCrops; first += kMicrobatch) {
    LoadRequest request;
    request.training = true;
    for (std::uint32_t i = first; i < first + kMicrobatch; ++i) request.items.push_back({i, i});
    loader.push(std::move(request));
  }
  for (std::uint32_t first = 0; first < kCrops; first += kMicrobatch) loader.recycle(loader.next());
  return kCrops / seconds_since(start);
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::vector<std::filesystem::path> files = {argv[1]};
  if (!std::filesystem::exists(files[0])) unmask::make(files[0]);
  const unmask::SampleList samples(files);
  for (const int threads : {1, 2, 4, 8})
    std::printf("{\"loader_threads\": %d, \"crops_per_s\": %.1f}\n", threads, unmask::crops_per_s(samples, threads));
}
