// The samples of a run: the crops of several stores, one after another, in store order.
//
//   const SampleList samples("stores", datasets, Split::kTrain);
//   samples.read(0, rgb);  // the first crop of the first store
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/store/crop_store.h"

namespace unmask {

struct Sample {
  std::uint32_t store = 0, row = 0;
  std::uint8_t label = 0;
};

/// Opens a store file. THROWS Error like CropStore. One that keeps stores open gives the same to several lists.
using OpenStore = std::function<std::shared_ptr<const CropStore>(const std::filesystem::path&)>;
std::shared_ptr<const CropStore> open_store(const std::filesystem::path& file);

/// Crops that can be trained on or scored. Rows without a crop are not samples.
class SampleList {
 public:
  /// Opens `<stores>/<dataset>/<split>.crops` for each dataset, in the order given.
  /// THROWS Error(kData) naming what is missing; all stores must have one crop_px.
  SampleList(const std::filesystem::path& stores, std::span<const std::string> datasets, Split split,
             const OpenStore& open = open_store);
  /// Opens the given store files.
  explicit SampleList(std::span<const std::filesystem::path> store_files);

  std::size_t size() const { return samples_.size(); }
  const Sample& operator[](std::size_t sample) const { return samples_[sample]; }
  const CropStore& store(std::size_t index) const { return *stores_[index]; }
  std::size_t stores() const { return stores_.size(); }
  FrameInfo frame(std::size_t sample) const;
  void read(std::size_t sample, std::span<std::uint8_t> rgb) const;
  /// The sample will be read soon. Never fails.
  void expect(std::size_t sample) const { stores_[samples_[sample].store]->expect(samples_[sample].row); }
  void expect(std::span<const std::uint32_t> samples) const;
  /// The sample won't be read again soon. Never fails.
  void forget(std::size_t sample) const { stores_[samples_[sample].store]->forget(samples_[sample].row); }
  /// Shuffles the labels among the samples, as drawn from `seed`:
  /// the control experiment in which nothing can be learned.
  void permute_labels(std::uint64_t seed);
  /// THROWS Error(kData) naming the store whose crops were made in another way than `wanted`;
  /// `whose` names those that were.
  void require_preprocessing(const std::string& wanted, const std::string& whose) const;
  int crop_px() const { return crop_px_; }
  /// Digest over the stores' fingerprints, in order.
  Digest128 fingerprint() const;

 private:
  void add_store(std::shared_ptr<const CropStore> store);
  std::vector<std::shared_ptr<const CropStore>> stores_;
  std::vector<Sample> samples_;
  int crop_px_ = 0;
};

}  // namespace unmask
