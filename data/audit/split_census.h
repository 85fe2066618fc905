// What the splits of a dataset hold, and what they share: a video or an identity that is in two of them is known in the
// one from what was learned in the other.
//
//   const SplitCensus train = take_census("stores/base/train.crops", "base", Split::kTrain);
//   const SplitCensus val = take_census("stores/base/val.crops", "base", Split::kVal);
//   census_table({train, val});      // a row a split: crops of each class, videos, identities
//   if (const auto leak = leak_between(train, val)) std::cout << leak->text();
#pragma once

#include <cstdint>
#include <filesystem>
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
  std::int64_t real = 0, fake = 0, without_crop = 0;
  std::set<std::string> videos;      // "deepfakes c23 000_003"
  std::set<std::string> identities;  // targets; frames that don't say theirs are left out

  /// A frame with a crop: the first of its video, or another one.
  void add_crop(std::uint8_t label) { ++(label != 0 ? fake : real); }
  void add_video(const VideoNames& names);
  /// All crops are of one class: no AUC can be had of them. False where there are none.
  bool has_one_class() const { return real + fake > 0 && (real == 0 || fake == 0); }
};

/// Reads the index of a store, no crop. THROWS Error(kData) as CropStore.
SplitCensus take_census(const std::filesystem::path& store, const std::string& dataset, Split split);

/// One row per census.
std::string census_table(const std::vector<SplitCensus>& splits);

/// What two splits of one dataset share, ascending.
struct SplitLeak {
  std::string dataset;
  Split first = Split::kTrain, second = Split::kVal;
  std::vector<std::string> videos, identities;

  /// "dataset base: 2 videos (real 000, real 001) and 1 target identity (000) in both train and val"
  std::string text() const;
};

/// Nothing where they share nothing, or are of different datasets.
std::optional<SplitLeak> leak_between(const SplitCensus& first, const SplitCensus& second);
/// Those of all pairs.
std::vector<SplitLeak> leaks_among(const std::vector<SplitCensus>& splits);

}  // namespace unmask
