// The features of shortcut probes: of a crop's row in its store, and of its pixels.
//
//   const ShortcutTable table = shortcut_table(crops, looks, "base");
//   probe_shortcuts(table.videos, table.groups);
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/audit/audit_crops.h"
#include "data/audit/crop_look.h"
#include "data/audit/shortcut_probe.h"

namespace unmask {

struct ShortcutTable {
  std::vector<ProbedVideo> videos;  // of all splits
  std::vector<ProbeGroup> groups;   // the last is "all"
};

/// File and frame size, compression, box, detector's score, brightness, colour, sharpness: means over each video's
/// crops. REQUIRES: a look for each crop.
ShortcutTable shortcut_table(const AuditCrops& crops, std::span<const CropLook> looks, const std::string& dataset);

}  // namespace unmask
