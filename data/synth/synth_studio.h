// Where the demonstration dataset's videos are made: clip by clip, each from its own draws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "data/synth/synth_photo.h"
#include "data/synth/synth_plan.h"

namespace unmask::synth {

struct Studio {
  std::filesystem::path datasets;  // frames are written to datasets/<clip.folder>/<clip.name>_%03d.jpg
  std::filesystem::path videos;    // and as a film to videos/<clip.video>, its mask to videos/<clip.mask>; "": no films
  std::uint64_t seed = 0;
  People people;  // whom clip.person means
};

/// A clip's bytes are a function of seed, clip and people: any number of threads gives the same. `progress` gets the
/// share done, from one thread at a time. THROWS the first fault after all threads have stopped.
void shoot_clips(const Studio& studio, const std::vector<Clip>& clips, int threads,
                 const std::function<void(double)>& progress);

}  // namespace unmask::synth
