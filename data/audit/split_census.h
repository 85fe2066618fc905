// What the splits of a dataset hold, and what they share: a video or a person that is in two of them is known in the
// one from what was learned in the other. Reads indexes alone: 100,000 crops take a tenth of a second.
//
//   const SplitCensus train = take_census("stores/base/train.crops", "base", Split::kTrain);
//   const SplitCensus val = take_census("stores/base/val.crops", "base", Split::kVal);
//   census_table({train, val});      // a row a split: crops of each class, frames without one, videos, identities
//   if (const auto leak = leak_between(train, val)) std::cout << leak->text();
//   for (const LabelConflict& each : label_conflicts({train, val})) std::cout << each.text();
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/sample.h"
#include "data/store/crop_store.h"

namespace unmask {

/// The frames of one dataset's split, counted. Videos and identities are those that have a crop.
struct SplitCensus {
  std::string dataset;
  Split split = Split::kTrain;
  int crop_px = 0;
  CropEncoding encoding = CropEncoding::kRaw;
  Digest128 fingerprint{};
  std::int64_t real = 0, fake = 0;                // frames with a crop
  std::array<std::int64_t, 2> without_crop = {};  // by label: no face was found, or the frame couldn't be read
  std::array<std::int64_t, 2> unreadable = {};    // of those, the frames that couldn't be read
  std::map<std::string, std::uint8_t> videos;     // "deepfakes c23 000_003": bit 0, it has real crops; bit 1, fake ones
  std::set<std::string> targets, sources;         // identities; frames that don't say theirs are left out
  /// The record of a crop: those of one encoding and size with equal digests have equal pixels.
  struct Record {
    std::uint64_t digest = 0;
    std::uint32_t run = 0;  // index in `runs`
    std::uint8_t label = 0;
  };
  std::vector<std::string> runs;  // videos in the order of their rows, which stand together
  std::vector<Record> records;

  void add_video(const VideoNames& names);
  /// A frame with a crop, of the video that was added last.
  void add_crop(std::uint8_t label, std::uint64_t digest);
  void add_without_crop(std::uint8_t label, FrameStatus status);
  std::int64_t without() const { return without_crop[0] + without_crop[1]; }
  /// "base/train"
  std::string name() const { return dataset + "/" + to_word(split); }
  /// All crops are of one class: no AUC can be had of them. False where there are none.
  bool has_one_class() const { return real + fake > 0 && (real == 0 || fake == 0); }
};

/// By what a video is known within its dataset: "deepfakes c23 000_003".
std::string video_key(const VideoNames& names);

/// Reads the index of a store, no crop. THROWS Error(kData) as CropStore.
SplitCensus take_census(const std::filesystem::path& store, const std::string& dataset, Split split);
SplitCensus take_census(const CropStore& crops, const std::string& dataset, Split split);

/// One row per census.
std::string census_table(const std::vector<SplitCensus>& splits);

/// What two splits share, ascending.
struct SplitLeak {
  std::string first_dataset, second_dataset;
  Split first = Split::kTrain, second = Split::kVal;
  std::vector<std::string> videos;
  std::vector<std::string> targets;  // identities that both have as target
  std::vector<std::string> sources;  // other identities that both have: at least one of them as source of a fake

  /// "dataset base: 2 videos (real 000, real 001) and 1 target identity (000) in both train and val"; of two datasets
  /// "1 video (real 000) in both base/train and augment/val"
  std::string text() const;
};

/// Nothing where they share nothing, or are of different datasets.
std::optional<SplitLeak> leak_between(const SplitCensus& first, const SplitCensus& second);
/// Those of all pairs within a dataset.
std::vector<SplitLeak> leaks_among(const std::vector<SplitCensus>& splits);
/// Those between different splits of different datasets, where equal names mean the same video or person.
std::vector<SplitLeak> leaks_across(const std::vector<SplitCensus>& splits);

/// Something that is real here and fake there.
struct LabelConflict {
  std::string real, fake;  // "base/train real c23 000"
  std::int64_t crops = 0;  // of pixels that are equal; 0: it is one video by its name

  /// "base/train: real c23 000 has real and fake crops"
  std::string text() const;
};

/// Videos of a dataset that have two labels, then crops with equal pixels and different labels, by the videos that they
/// are of.
std::vector<LabelConflict> label_conflicts(const std::vector<SplitCensus>& splits);

}  // namespace unmask
