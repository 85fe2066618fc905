#include "data/store/sample_list.h"

#include <limits>

#include "base/error.h"
#include "base/philox.h"
#include "data/store_paths.h"

namespace unmask {

std::shared_ptr<const CropStore> open_store(const std::filesystem::path& file) {
  return std::make_shared<const CropStore>(file);
}

SampleList::SampleList(const std::filesystem::path& stores, std::span<const std::string> datasets, Split split,
                       const OpenStore& open) {
  for (const std::string& dataset : datasets) add_store(open(require_store(stores, dataset, split)));
}

SampleList::SampleList(std::span<const std::filesystem::path> store_files) {
  for (const std::filesystem::path& file : store_files) add_store(open_store(file));
}

void SampleList::add_store(std::shared_ptr<const CropStore> store) {
  if (!stores_.empty() && store->crop_px() != crop_px_) {
    throw Error(ErrorKind::kData, store->path().string() + ": crops of " + std::to_string(store->crop_px()) +
                                      " px, but " + stores_.front()->path().string() + " has " +
                                      std::to_string(crop_px_) + " px; run `unmask prepare` with one crop_px for both");
  }
  crop_px_ = store->crop_px();
  const auto index = static_cast<std::uint32_t>(stores_.size());
  for (std::size_t row = 0; row < store->size(); ++row) {
    if (store->has_crop(row)) samples_.push_back({index, static_cast<std::uint32_t>(row), store->label(row)});
  }
  if (samples_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::kData, store->path().string() + ": more than 4294967295 crops in one sample list");
  }
  stores_.push_back(std::move(store));
}

FrameInfo SampleList::frame(std::size_t sample) const {
  return stores_[samples_[sample].store]->frame(samples_[sample].row);
}

void SampleList::read(std::size_t sample, std::span<std::uint8_t> rgb) const {
  stores_[samples_[sample].store]->read(samples_[sample].row, rgb);
}

void SampleList::expect(std::span<const std::uint32_t> samples) const {
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples_[samples[i]];
    rows.push_back(sample.row);
    const bool is_last = i + 1 == samples.size() || samples_[samples[i + 1]].store != sample.store;
    if (!is_last) continue;
    stores_[sample.store]->expect(rows);
    rows.clear();
  }
}

Digest128 SampleList::fingerprint() const {
  Digest128Stream stream;
  for (const auto& store : stores_) {
    const Digest128 digest = store->fingerprint();
    stream.update(digest);
  }
  return stream.digest();
}

void SampleList::permute_labels(std::uint64_t seed) {
  std::vector<std::uint32_t> labels;
  for (const Sample& sample : samples_) labels.push_back(sample.label);
  Draws draws(seed, DrawFor::kPermuteLabels);
  shuffle(labels, draws);
  for (std::size_t i = 0; i < labels.size(); ++i) samples_[i].label = static_cast<std::uint8_t>(labels[i]);
}

void SampleList::require_preprocessing(const std::string& wanted, const std::string& whose) const {
  for (const auto& store : stores_) {
    if (store->preprocessing_json() == wanted) continue;
    throw Error(ErrorKind::kData, store->path().string() + ": crops were made in another way (" +
                                      store->preprocessing_json() + ") than " + whose + " (" + wanted +
                                      "); prepare both with the same settings");
  }
}

}  // namespace unmask
