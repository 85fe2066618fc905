// Any collection, by a list: a CSV file, or a folder with a videos.csv. Columns by name: path and label, and if wanted
// dataset, method, compression, video, target, source, split.
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// Paths are below the list's folder. Labels: real, fake, 0, 1 (1 = fake).
class CsvLayout : public Layout {
 public:
  std::string_view name() const override { return "csv"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
