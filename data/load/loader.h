// Reads and augments crops on background threads, a bounded number of microbatches ahead; the disk is told of them all.
//
//   Loader loader(samples, augment_options, seed);
//   for (const LoadRequest& request : requests) loader.push(request);
//   for (std::size_t i = 0; i < requests.size(); ++i) {
//     CropBatch batch = loader.next();  // in the order of push()
//     train_on(batch.images, batch.labels);
//     loader.recycle(std::move(batch));
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "data/augment/augment_plan.h"
#include "data/augment/augment_table.h"
#include "data/store/sample_list.h"

namespace unmask {

/// One microbatch to load.
struct LoadRequest {
  struct Item {
    std::uint32_t sample = 0;  // index into the SampleList
    std::uint32_t slot = 0;    // slot in the epoch's order: keys the augmentation
  };
  std::vector<Item> items;
  std::uint32_t epoch = 0;
  bool training = false;  // augment; else normalise only
  /// For stores larger than memory: samples that requests to come will read, and that those of this one won't be read
  /// again soon.
  std::vector<std::uint32_t> expected{};
  bool forgets = false;
};

struct CropBatch {
  std::vector<float> images;         // f32 [n, px, px, 3] (a channels_last tensor's memory), normalised
  std::vector<std::int64_t> labels;  // [n]; of a self-blended fake 1, whatever its sample has
  // Instead of images, for a device that augments: u8 [n, px, px, 3], blended and degraded, and what is left to do.
  std::shared_ptr<std::uint8_t> bytes;
  AugmentTable table;
};

/// Memory for a batch's bytes, such as a device can copy from while the host goes on.
using ByteMemory = std::function<std::shared_ptr<std::uint8_t>(std::size_t bytes)>;

/// THREAD: push and next from one thread. Requests come back in the order they were pushed.
class Loader {
 public:
  /// `threads` worker threads (0: next() does the work itself, for tests). `samples` must outlive the loader.
  /// With `bytes` batches hold bytes in memory of that kind instead of images.
  Loader(const SampleList& samples, const AugmentOptions& options, std::uint64_t seed, int threads = 1, int ahead = 4,
         ByteMemory bytes = nullptr);
  ~Loader();
  void push(LoadRequest request);
  /// The oldest pushed request. THROWS what loading threw (a damaged record). REQUIRES: something was pushed.
  CropBatch next();
  /// Hands a batch's memory back for reuse (page faults of fresh buffers cost as much as the copy). Its bytes aren't
  /// used again here: a device may still copy them.
  void recycle(CropBatch&& batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
