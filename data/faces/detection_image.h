// The copy of a frame in which a face is looked for.
#pragma once

#include <opencv2/core.hpp>

namespace unmask {

/// `image` itself, or a smaller copy whose short side is `short_side_px`.
cv::Mat detection_image(const cv::Mat& image, int short_side_px);

}  // namespace unmask
