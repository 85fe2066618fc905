// Celeb-DF v1 and v2: Celeb-real, YouTube-real, Celeb-synthesis, and the list of test videos, in which 1 means real.
#pragma once

#include "data/layouts/layout.h"

namespace unmask {

/// Dataset "celeb_df_v1" or "celeb_df_v2", told by the length of the list (100 and 518 videos). Videos of the list are
/// split test, all others train. Labels come from the folders; a line of the list that says otherwise is a fault.
class CelebDfLayout : public Layout {
 public:
  std::string_view name() const override { return "celeb_df"; }
  LayoutMatch match(const std::filesystem::path& root) const override;
  std::vector<SourceEntry> list(const std::filesystem::path& root) const override;
};

}  // namespace unmask
