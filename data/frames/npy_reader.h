// NumPy's .npy of one picture: bytes of [height, width, 3], as the published work keeps its face crops.
#pragma once

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// Versions 1 to 3 of the format, uint8, C order, three axes with 3 last; another array is kNotAnImage. The length is
/// checked: kTruncated.
ReadFrame read_npy(const EncodedBytes& bytes, const FrameLimits& limits);

}  // namespace unmask
