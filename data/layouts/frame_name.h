// What an image file's name tells of the frame in it. The rules: docs/dataset_layouts.md.
//
//   parse_frame_name("deepfake_000_003_012.png", true)  // deepfakes, video 000_003, frame 12, target 000, source 003
#pragma once

#include <string>
#include <string_view>

#include "data/sample.h"

namespace unmask {

/// Method, video, frame number and identities. Any name will do: one that follows no rule is a video of one frame.
FrameInfo parse_frame_name(std::string_view file_name, bool fake);

/// Whose face a video shows, by its name without frame number and suffix: 000_003 of a fake is target 000, source 003;
/// 01__exit_phone_room is 01; any other name is an identity of its own. Printable.
struct VideoIdentities {
  std::string target, source;  // source is "" for originals, and where the name doesn't tell
};
VideoIdentities video_identities(std::string_view video, bool fake);

}  // namespace unmask
