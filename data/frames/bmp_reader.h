// BMP files of 8, 24 or 32 bits without compression.
#pragma once

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// The length is checked; there is no checksum. REQUIRES: the bytes start with BM.
ReadFrame read_bmp(const EncodedBytes& bytes, const FrameLimits& limits);

}  // namespace unmask
