#include "data/sample.h"

namespace unmask {

std::string to_string(Split split) {
  switch (split) {
    case Split::kTrain: return "train";
    case Split::kVal: return "val";
    case Split::kCalibration: return "calibration";
    case Split::kTest: return "test";
  }
  return "unknown";
}

std::string to_string(FrameStatus status) {
  switch (status) {
    case FrameStatus::kOk: return "ok";
    case FrameStatus::kNoFace: return "no_face";
    case FrameStatus::kTruncated: return "truncated";
    case FrameStatus::kNotAnImage: return "not_an_image";
    case FrameStatus::kTooLarge: return "too_large";
    case FrameStatus::kNotAFile: return "not_a_file";
    case FrameStatus::kUnreadable: return "unreadable";
  }
  return "unknown";
}

}  // namespace unmask
