// The words of the data layer: what is known of one frame and its face crop.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/words.h"

namespace unmask {

enum class Split : std::uint8_t { kTrain = 0, kVal = 1, kCalibration = 2, kTest = 3 };
constexpr auto words_of(Split) {
  using enum Split;
  return std::to_array<Word<Split>>({{"train", kTrain}, {"val", kVal}, {"calibration", kCalibration}, {"test", kTest}});
}

/// Why a frame has, or has not, a crop. Frames without one are kept in the list and counted.
enum class FrameStatus : std::uint8_t {
  kOk = 0,
  kNoFace = 1,         // decoded, no face found
  kTruncated = 2,      // an image file that ends early or is damaged
  kNotAnImage = 3,     // no decoder knows it
  kTooLarge = 4,       // more pixels than the limit
  kNotAFile = 5,       // a folder, FIFO, socket, device
  kUnreadable = 6,     // missing, no permission, I/O error
  kDecoderFailed = 7,  // the decoder crashed, hung, or wanted too much memory
};
constexpr auto words_of(FrameStatus) {
  using enum FrameStatus;
  return std::to_array<Word<FrameStatus>>({{"ok", kOk},
                                           {"no_face", kNoFace},
                                           {"truncated", kTruncated},
                                           {"not_an_image", kNotAnImage},
                                           {"too_large", kTooLarge},
                                           {"not_a_file", kNotAFile},
                                           {"unreadable", kUnreadable},
                                           {"decoder_failed", kDecoderFailed}});
}

/// Where the face is in the frame, in pixels of the frame: the square that was cut out, which is larger than
/// the detector's box (PrepareOptions::box_scale).
struct FaceBox {
  std::int32_t x = 0, y = 0, width = 0, height = 0;
  bool operator==(const FaceBox&) const = default;
};

/// One frame of a video, with labels. A video is known by (dataset, method, compression, video).
struct FrameInfo {
  std::uint8_t label = 0;                        // 1 = fake
  std::string dataset;                           // base, augment, …
  std::string method;                            // deepfakes, face2face, …; "real" for originals
  std::string compression;                       // raw, c23, c40; "" if unknown
  std::string video;                             // name without the frame number
  std::string target_identity, source_identity;  // source is "" for originals
  Split split = Split::kTrain;
  std::uint32_t frame = 0;  // number of the frame in its video
  FaceBox box;
  std::string detector;  // "dlib_hog", "yunet", …
  FrameStatus status = FrameStatus::kOk;
  // Known of what `unmask prepare` read itself; else as it stands here.
  std::string source;         // the file's path below the ROOT that was prepared
  std::string source_digest;  // XXH3-128 of the file, 32 hex digits
  std::uint64_t source_bytes = 0;
  std::int64_t time_us = -1;  // of the frame in its video
  std::int32_t frame_width = 0, frame_height = 0;
  std::uint32_t track = 0;  // which of the video's faces: 0 is the first
  float detector_score = 0;
};

}  // namespace unmask
