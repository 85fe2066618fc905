// May two crops be the same picture? Asked of their probes, 48 x 48 pixels, about the place where their sketches met: a
// tenth of what match_crops costs, which looks at whole crops, everywhere. Most candidates of different people, whose
// faces are alike when averaged down, end here.
//
//   if (may_match(probe, other, candidate.mirrored != 0, sketch_windows()[candidate.window])) match_crops(…);
#pragma once

#include "data/audit/crop_sketch.h"

namespace unmask {

/// The highest correlation of what is finer than a face, -1 to 1: in place, and with the second laid so that what its
/// window shows is on the first's middle, give or take the way to the next windows, by whole pixels; from 0.7 on by
/// half pixels too. `mirrored`: the second is compared as a mirror shows it; its window is one of the crop as it is.
double probe_similarity(const CropProbe& first, const CropProbe& second, bool mirrored, const SketchWindow& window);

/// False: match_crops wouldn't call them copies. That is measured, not proved (docs/benchmarks.md): of some thousand
/// copies of drawn faces that match_crops confirms, the least reach 0.74 by whole pixels, and 0.86 in the end.
bool may_match(const CropProbe& first, const CropProbe& second, bool mirrored, const SketchWindow& window);

}  // namespace unmask
