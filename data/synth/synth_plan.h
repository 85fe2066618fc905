// Which videos the demonstration dataset holds: a pure function of the seed and the people's names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/sample.h"
#include "data/synth/synth_blend.h"
#include "data/synth/synth_camera.h"

namespace unmask::synth {

constexpr int kClipFrames = 5;

/// One video, real or fake.
struct Clip {
  std::string name;               // d017_0123; of a fake swap_d017_0123
  std::string folder;             // base_deepfake/val/fake/frames
  std::string dataset, identity;  // base, d017
  Split split = Split::kTrain;
  std::string video;  // in FaceForensics++'s tree: original_sequences/actors/c23/videos/d017_0123.mp4
  std::string mask;   // likewise, of a fake; "" of a real one
  bool fake = false;
  BlendFamily family = BlendFamily::kSwap;
  CameraLook look = CameraLook::kStudio;
  std::uint32_t number = 0;  // unique in both datasets: what the clip's draws are keyed by
  std::uint32_t drawn = 0;   // number of the drawn person, or
  int person = -1;           // index of the real person
};

struct SynthPlan {
  std::vector<Clip> clips;
  std::vector<Split> split_of_person;  // of each real person, the same in both datasets
};

/// Persons sorted by name: the first two fifths (at least one of two) are in val, from eight on the last tenth in
/// calibration, the rest in train. A single one is in train.
std::vector<Split> split_people(std::size_t people);
/// `people`: names of the real people, sorted. Every drawn person is in one split of one dataset.
SynthPlan plan_synth(std::uint64_t seed, const std::vector<std::string>& people);

/// The videos as a list that `unmask prepare` reads (layout `csv`), with all that is known of each. `folder` is where
/// the videos' tree lies below the list.
std::string video_list(const std::vector<Clip>& clips, const std::string& folder);

}  // namespace unmask::synth
