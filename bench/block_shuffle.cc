// Crops a second that a store gives in an epoch's order, with shuffling in full and by blocks; bench/block_shuffle.sh
// limits the memory, page cache included.
//   bench_block_shuffle make STORES CROPS           a store of drawn crops of 224 px
//   bench_block_shuffle STORES full|blocks SECONDS  an epoch through TrialData's order and the loader, no augmentation
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/philox.h"
#include "base/seconds_since.h"
#include "data/load/loader.h"
#include "data/store/crop_store_writer.h"
#include "model/train/trial_data.h"

namespace unmask {
namespace {

constexpr int kPx = 224, kAhead = 5;

void make(const std::filesystem::path& file, std::uint32_t crops) {
  std::filesystem::create_directories(file.parent_path());
  CropStoreWriter writer(file, kPx, CropEncoding::kRaw, "{}");
  std::vector<std::uint8_t> rgb(std::size_t{kPx} * kPx * 3);
  for (std::uint32_t i = 0; i < crops; ++i) {
    Draws draws(i, DrawFor::kSynth);
    for (std::size_t at = 0; at < rgb.size(); at += 64) rgb[at] = static_cast<std::uint8_t>(draws.below(256));
    FrameInfo frame;
    frame.label = static_cast<std::uint8_t>(i % 2);
    frame.dataset = "base";
    frame.video = "v" + std::to_string(i / 32);
    frame.frame = i;
    writer.append(frame, rgb);
  }
  writer.finish();
}

/// Batches of 32 of one epoch, until it or the time is over.
void read(const std::filesystem::path& stores, Shuffle shuffle, double most_s) {
  TrialOptions options;
  options.data.stores = stores.string();
  options.data.train = options.data.val = {"base"};
  options.data.shuffle = shuffle;
  options.data.block_crops = 64;
  options.data.window_blocks = 8;
  options.augment.enabled = false;
  options.train.global_batch_size = 32;
  TrialData data(options);
  Loader loader(data.train(), options.augment, 0, 1, kAhead);
  const std::int64_t steps = data.steps_per_epoch();
  std::int64_t pushed = 0, done = 0, crops = 0;
  const auto start = std::chrono::steady_clock::now();
  for (; done < steps && seconds_since(start) < most_s; ++done) {
    for (; pushed < std::min(steps, done + kAhead); ++pushed) {
      loader.push(data.request(pushed, {0, data.batch_samples(pushed)}));
    }
    CropBatch batch = loader.next();
    crops += static_cast<std::int64_t>(batch.labels.size());
    loader.recycle(std::move(batch));
  }
  std::printf("{\"shuffle\": \"%s\", \"crops\": %lld, \"crops_per_s\": %.1f}\n", to_word(shuffle).c_str(),
              static_cast<long long>(crops), static_cast<double>(crops) / seconds_since(start));
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) {
  using namespace unmask;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 3) return 2;
  if (arguments[0] == "make") {
    const auto crops = static_cast<std::uint32_t>(std::stoul(arguments[2]));
    make(std::filesystem::path(arguments[1]) / "base" / "train.crops", crops);
    make(std::filesystem::path(arguments[1]) / "base" / "val.crops", 64);
    return 0;
  }
  const auto shuffle = from_word<Shuffle>(arguments[1]);
  if (!shuffle) return 2;
  read(arguments[0], *shuffle, std::stod(arguments[2]));
}
