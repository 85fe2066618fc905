// Which frames belong to one video.
#pragma once

#include <cstdint>
#include <vector>

#include "data/store/sample_list.h"

namespace unmask {

/// A dense index for each sample, in order of first appearance. A video is (dataset, method, compression, name):
/// FaceForensics++ has four fakes of one name.
std::vector<std::uint32_t> video_indices(const SampleList& samples);

}  // namespace unmask
