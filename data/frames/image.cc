#include "data/frames/image.h"

#include <utility>

namespace unmask {

ReadFrame unread(FrameStatus status, std::string problem) { return {status, std::move(problem), {}}; }

std::optional<ReadFrame> size_fault(std::int64_t width, std::int64_t height, const FrameLimits& limits) {
  if (width <= 0 || height <= 0) return unread(FrameStatus::kTruncated, "the header gives no size");
  if (width <= limits.max_pixels / height) return std::nullopt;
  return unread(FrameStatus::kTooLarge, std::to_string(width) + " x " + std::to_string(height) +
                                            " pixels; the limit is " + std::to_string(limits.max_pixels) +
                                            " (max_pixels)");
}

}  // namespace unmask
