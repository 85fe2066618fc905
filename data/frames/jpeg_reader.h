// JPEG files.
#pragma once

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// A warning of the decoder (missing data, bad codes) counts as damage; data after the end marker is ignored. CMYK
/// isn't read. REQUIRES: the bytes start with FF D8.
ReadFrame read_jpeg(const EncodedBytes& bytes, const FrameLimits& limits);

}  // namespace unmask
