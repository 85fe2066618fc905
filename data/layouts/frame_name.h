// What an image file's name tells of the frame in it. The rules: docs/dataset_layouts.md.
//
//   parse_frame_name("deepfake_000_003_012.png", true)  // deepfakes, video 000_003, frame 12, target 000, source 003
#pragma once

#include <string_view>

#include "data/sample.h"

namespace unmask {

/// Method, video, frame number and identities. Any name will do: one that follows no rule is a video of one frame.
FrameInfo parse_frame_name(std::string_view file_name, bool fake);

}  // namespace unmask
