// Windows of dlib's image pyramid, without the rest of it: dlib's detector doubles a grey picture and then shrinks it
// by 5/6 again and again. A window's pixels are the very ones that the whole level has there.
//
//   const DlibPyramid pyramid(grey.size(), 1);
//   const cv::Mat window = pyramid.windows(grey, {{}, {}, {16, 8, 192, 192}})[2];  // of level 2
#pragma once

#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace unmask {

class DlibPyramid {
 public:
  /// For pictures of `size`, doubled `upsample` times before level 0.
  DlibPyramid(cv::Size size, int upsample);

  cv::Size picture_size() const { return sizes_.front(); }
  /// As many as dlib's detector searches.
  int levels() const { return static_cast<int>(sizes_.size()) - upsample_; }
  cv::Size level_size(int level) const { return sizes_[static_cast<std::size_t>(upsample_ + level)]; }

  /// `wanted`: [levels or fewer], in pixels of each level; an empty rectangle gives an empty picture.
  /// REQUIRES: `grey` is 8-bit and of picture_size(); what is wanted lies in its level.
  std::vector<cv::Mat> windows(const cv::Mat& grey, std::span<const cv::Rect> wanted) const;

 private:
  /// Where a row or column comes from: `first` and the one after it, which weighs `share`.
  struct Tap {
    int first = 0, second = 0;
    double share = 0;
  };
  /// One call of dlib's bilinear resize_image.
  struct Step {
    std::vector<Tap> rows, columns;
    int in_fours = 0;  // columns that dlib computes four at a time, in single precision
  };

  static Step plan_step(cv::Size from, cv::Size to);
  static cv::Rect source_of(const Step& step, const cv::Rect& window);
  static cv::Mat resized(const Step& step, const cv::Mat& from, const cv::Rect& from_window, const cv::Rect& window);

  int upsample_;
  std::vector<cv::Size> sizes_;  // the picture, doubled ones, levels from 1
  std::vector<Step> steps_;      // from each size to the next
};

}  // namespace unmask
