// The splits of a prepared dataset: small stores that hold no records, only rows that point into
// STORES/<dataset>/prepared.crops. Another split of it is another set of views; no crop is read or written.
//
//   const CropStore prepared(prepared_path("stores", "base"));
//   std::vector<std::optional<Split>> splits(prepared.size(), Split::kTrain);  // of each row; none: it is left out
//   write_split_views("stores", "base", splits);  // stores/base/train.crops; a former val.crops goes away
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "data/sample.h"

namespace unmask {

/// Writes STORES/<dataset>/<split>.crops for each split that has a row, in the order of the prepared rows, and removes
/// those of the others. The rows carry their split. Equal prepared crops and splits give equal bytes. Killed between
/// two views it leaves a mark by which every view there is refused until the same, or another, call has gone through;
/// two calls at a time wait for each other. THROWS Error(kData) where prepared.crops is missing, damaged or has
/// another number of rows, or where no row is in a split; then nothing has changed. Error(kFailed): disk full, ….
void write_split_views(const std::filesystem::path& stores, const std::string& dataset,
                       std::span<const std::optional<Split>> splits);

/// The same, by the split that each prepared row has: what the layout said.
void write_published_views(const std::filesystem::path& stores, const std::string& dataset);

/// THROWS Error(kData) where the folder of `records` carries the mark of views that are only half written.
void refuse_unfinished_views(const std::filesystem::path& view, const std::filesystem::path& records);

}  // namespace unmask
