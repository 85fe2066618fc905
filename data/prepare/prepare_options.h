// What `unmask prepare` is told, as plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/crop_encoding.h"
#include "data/detector_kind.h"

namespace unmask {

struct PrepareOptions {
  std::string datasets = "datasets";  // holds <name>_deepfake/[val|calibration|test/]{real,fake}/frames
  std::string stores = "stores";      // written: STORES/<name>/<split>.crops
  std::vector<std::string> names;     // datasets to prepare; empty: every <name>_deepfake found
  int crop_px = 224;
  double box_scale = 1.3;  // side of the square crop over the longer side of the detector's box
  DetectorKind detector = DetectorKind::kDlibHog;
  std::string detector_model;      // YuNet's ONNX file
  int upsample = 1;                // dlib: pyramid upsampling before detection
  int detect_short_side_px = 480;  // frames are scaled down to this short side for detection, boxes mapped back
  CropEncoding encoding = CropEncoding::kRaw;
  std::int64_t max_pixels = 16'777'216;  // larger frames are counted as too_large
  int unit_frames = 64;  // a unit is whole videos of together so many frames or more, whatever the number of ranks
};

/// Every fault, naming the key as the config file has it ("prepare.crop_px must be in [32, 1024], got 5").
std::vector<std::string> validate(const PrepareOptions& options);

}  // namespace unmask
