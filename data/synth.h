// A small dataset with known truth, from face photos and videos and from drawn faces: real frames, and fakes made by
// self-blending (after Shiohara & Yamasaki, CVPR 2022, without landmarks). Two datasets that differ on purpose.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace unmask {

struct SynthOptions {
  std::filesystem::path out;      // written: out/{base,augment}_deepfake/{,val/,calibration/}{real,fake}/frames/<video>_%03d.png|jpg
  std::filesystem::path faces;    // folder of face photos and videos
  std::uint64_t seed = 0;
  int threads = 2;                // no effect on the bytes
};

struct SynthReport {
  std::int64_t videos = 0, frames = 0;
  std::vector<std::string> unused;  // files of `faces` in which no face was found, or that could not be read
};

/// Deterministic: equal seed and faces give equal bytes. THROWS Error.
SynthReport make_synth(const SynthOptions& options, const std::function<void(double done)>& progress);

}  // namespace unmask
