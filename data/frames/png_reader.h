// PNG files.
#pragma once

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// Walks the chunks before anything is decoded: lengths within the file, every CRC right, IHDR first, IEND there.
/// REQUIRES: the bytes start with PNG's signature of 8 bytes.
ReadFrame read_png(const EncodedBytes& bytes, const FrameLimits& limits);

}  // namespace unmask
