// WebP files, lossy, lossless and extended.
#pragma once

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// The length is checked; there is no checksum. REQUIRES: the bytes start with RIFF, and with WEBP at byte 8.
ReadFrame read_webp(const EncodedBytes& bytes, const FrameLimits& limits);

}  // namespace unmask
