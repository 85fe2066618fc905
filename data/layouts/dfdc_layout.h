// The Deepfake Detection Challenge: folders dfdc_train_part_N, each with a metadata.json, or one such folder; and the
// preview set's dataset.json.
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// Datasets "dfdc" and "dfdc_preview". A fake's target identity is its original's name: DFDC doesn't name its actors,
/// who recur in other videos and parts. Videos that a list names and that aren't there are left out; so are videos that
/// no list names, which have no label.
class DfdcLayout : public Layout {
 public:
  std::string_view name() const override { return "dfdc"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
