// A small dataset with known truth, from face photos and videos and from drawn faces: real frames, and fakes made by
// self-blending (after Shiohara & Yamasaki, CVPR 2022, without landmarks). Two datasets that differ on purpose.
//
//   const SynthReport report = make_synth({"demo", "downloads/faces", 1}, show_progress);  // demo/datasets/…
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace unmask {

/// Another version draws other images from the same seed.
constexpr int kSynthVersion = 1;

struct SynthOptions {
  // Written: out/datasets/{base,augment}_deepfake/…, out/videos/… and out/clips.csv: docs/synth.md.
  std::filesystem::path out;
  std::filesystem::path faces;  // folder of face photos and videos
  std::uint64_t seed = 0;
  int threads = 2;     // no effect on the bytes
  bool videos = true;  // H.264 files, beside the frames
};

struct SynthReport {
  std::int64_t videos = 0, frames = 0;
  std::vector<std::string> people;  // real people found in `faces`; none: drawn faces alone
  std::vector<std::string> unused;  // "<file>: why": files of `faces` without a face, or that could not be read
  bool has_videos = false;
  bool was_finished = false;  // the dataset was there already; nothing was written
};

/// Deterministic: equal seed and faces give equal bytes (docs/synth.md). A folder that holds this dataset, finished, is
/// left as it is; what an interrupted call left, or one without the videos that are asked for now, is made anew.
/// THROWS Error: kUsage for a missing folder of faces, or an `out` that holds another dataset; kFailed where libx264 is
/// missing. `progress` is called by one thread at a time.
SynthReport make_synth(const SynthOptions& options, const std::function<void(double done)>& progress);

}  // namespace unmask
