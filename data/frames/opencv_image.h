// Between RgbImage and OpenCV.
#pragma once

#include <opencv2/core.hpp>

#include "data/frames/encoded_bytes.h"
#include "data/frames/image.h"

namespace unmask {

/// The image's own pixels, CV_8UC3 in the order RGB: not to be written to, and gone with the image.
cv::Mat as_mat(const RgbImage& image);

/// A copy of OpenCV's pixels, CV_8UC3 in the order BGR.
RgbImage from_bgr(const cv::Mat& bgr);

/// By cv::imdecode, in colour, an EXIF orientation applied.
ReadFrame decode_with_opencv(const EncodedBytes& bytes, const FrameLimits& limits);

}  // namespace unmask
