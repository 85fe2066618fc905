// A small picture for people: text, boxes and lines on white with OpenCV, as a PNG. Equal calls give equal bytes.
// Included by what draws, and by nothing else.
//
//   Canvas canvas(320, 240);
//   canvas.text({12, 24}, "epoch 3", 0.5, 200);
//   const std::string png = canvas.png();
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace unmask {

/// Of Okabe and Ito, told apart by the colour-blind; as OpenCV orders channels.
namespace ink {
inline const cv::Scalar kBlack{30, 30, 30}, kGrey{120, 120, 120}, kLight{215, 215, 215}, kBlue{178, 114, 0},
    kVermilion{0, 94, 213}, kGreen{115, 158, 0}, kPurple{167, 121, 204}, kOrange{0, 159, 230}, kSky{233, 180, 86};
inline const cv::Scalar &kReal = kBlue, &kFake = kVermilion;
}  // namespace ink

class Canvas {
 public:
  Canvas(int width, int height);
  /// `at`: left end of the base line. What isn't ASCII is shown as "?"; what is wider than `width` loses its middle.
  /// Returns where the text ends.
  int text(cv::Point at, const std::string& words, double scale, int width, const cv::Scalar& colour = ink::kBlack);
  void box(const cv::Rect& place, const cv::Scalar& colour);
  void line(std::span<const cv::Point> points, const cv::Scalar& colour, int thickness);
  /// A crop, [px, px, 3] as RGB, drawn in that square with 24 levels a channel, which halves the file.
  void crop(const cv::Rect& place, int px, std::span<const std::uint8_t> rgb);
  std::string png() const;

 private:
  cv::Mat pixels_;
};

}  // namespace unmask
