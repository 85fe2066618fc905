// Plans of single files, for tests that need no layout.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "data/prepare/prepare_plan.h"
#include "data/prepare/prepare_probe.h"

namespace unmask {

/// A listing of these files of `folder`, as videos or, by their endings, pictures: dataset "base", real.
inline PrepareListing listing_of_files(const std::filesystem::path& folder, const std::vector<std::string>& files) {
  PrepareListing listing;
  listing.options.root = folder.native();
  listing.options.stores = (folder / "stores").native();
  listing.options.crop_px = 48;
  listing.options.faces = FaceChoice::kBest;
  listing.folder = folder;
  for (const std::string& file : files) {
    SourceEntry entry;
    entry.file = file;
    entry.dataset = "base";
    entry.method = "real";
    entry.video = std::filesystem::path(file).stem().native();
    if (file.ends_with(".png")) entry.kind = SourceKind::kImage;
    if (file.ends_with(".npy")) entry.kind = SourceKind::kNpyCrop;
    listing.sources.push_back({entry, 0, 1, 0});
  }
  listing.datasets = {{"base", 0, files.size(), "0123", false}};
  return listing;
}

inline PreparePlan plan_of_files(const PrepareListing& listing) {
  return make_plan(listing, facts_from(listing, {probe_sources(listing, 0, 1, {})}));
}

}  // namespace unmask
