// DeeperForensics-1.0: manipulated_videos/<kind>/<target>_<source>.mp4, source_videos/<actor>/…, and the lists
// lists/splits/{train,val,test}.txt of the fakes' names.
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// Dataset "deeperforensics". A fake that stands in no list has no split; the actors' own videos are real.
class DeeperForensicsLayout : public Layout {
 public:
  std::string_view name() const override { return "deeperforensics"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
