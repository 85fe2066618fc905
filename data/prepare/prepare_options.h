// What `unmask prepare` is told, as plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/crop_encoding.h"
#include "data/detector_kind.h"
#include "data/face_choice.h"
#include "data/prepare/frame_rule.h"

namespace unmask {

struct PrepareOptions {
  std::string root;                    // a tree of videos or frames, or a CSV file that lists them
  std::string datasets;                // in place of root: holds <name>_deepfake, the published layout
  std::string stores = "stores";       // written: STORES/<name>/prepared.crops and its views <split>.crops
  std::string layout;                  // its name; "": the tree tells
  std::vector<std::string> names;      // datasets to prepare; empty: all that the layout finds
  int frames = 0;                      // of a video, evenly spaced; 0: 32 of a video file, every picture of a folder
  int every = 0;                       // in place of frames: each so many-th; 0: not asked for
  double seconds = 0;                  // in place of frames: one each so many seconds; 0: not asked for
  std::vector<std::string> frames_of;  // for a dataset or a method: "youtube: every 1", "base: 64", "celeb: 0.5 s"
  int crop_px = 224;
  double box_scale = 1.3;  // side of the square crop over the longer side of the detector's box
  DetectorKind detector = DetectorKind::kDlibHog;
  std::string detector_model;  // YuNet's ONNX file
  FaceChoice faces = FaceChoice::kTracked;
  FaceAlignment align = FaceAlignment::kNone;
  int upsample = 1;                // dlib: pyramid upsampling before detection
  int detect_short_side_px = 480;  // frames are scaled down to this short side for detection, boxes mapped back
  CropEncoding encoding = CropEncoding::kRaw;
  std::int64_t max_pixels = 16'777'216;  // larger frames are counted as too_large
  int unit_frames = 64;         // a unit is videos of together so many frames or more, whatever the number of ranks
  bool sandbox = true;          // decode in a child that may open no file, no socket, no process
  double frame_timeout_s = 20;  // a decoder that is silent for so long is killed
};

/// The tree: `root` or `datasets`.
const std::string& tree_of(const PrepareOptions& options);

/// Which frames of a source are taken; the method's own rule goes before the dataset's. REQUIRES: valid options.
FrameRule rule_of(const PrepareOptions& options, const std::string& dataset, const std::string& method,
                  bool is_video_file);

/// The datasets or methods that `frames_of` names, in its order. REQUIRES: valid options.
std::vector<std::string> ruled_names(const PrepareOptions& options);

/// Every fault, naming the key as the config file has it ("prepare.crop_px must be in [32, 1024], got 5").
std::vector<std::string> validate(const PrepareOptions& options);

}  // namespace unmask
