#include "report/canvas.h"

#include <algorithm>
#include <stdexcept>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

/// One of 18 levels: what a PNG takes is mostly noise in the lower bits. They are equally far apart, as 255 is a
/// multiple of 15: else the differences of neighbours, which a PNG packs, would be of twice as many kinds.
std::uint8_t coarse(std::uint8_t value) {
  constexpr int kApart = 15;
  return static_cast<std::uint8_t>((value + kApart / 2) / kApart * kApart);
}

int width_of(const std::string& words, double scale) {
  int base = 0;
  return cv::getTextSize(words, kFont, scale, 1, &base).width;
}

std::string fitting(std::string words, double scale, int width) {
  for (char& letter : words) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  if (width_of(words, scale) <= width) return words;
  for (std::size_t kept = words.size(); kept > 0; --kept) {
    const std::string shorter = words.substr(0, (kept + 1) / 2) + ".." + words.substr(words.size() - kept / 2);
    if (width_of(shorter, scale) <= width) return shorter;
  }
  return "";
}

}  // namespace

Canvas::Canvas(int width, int height) : pixels_(height, width, CV_8UC3, cv::Scalar(255, 255, 255)) {
  cv::setNumThreads(1);  // the ranks are the parallelism
}

int Canvas::text(cv::Point at, const std::string& words, double scale, int width, const cv::Scalar& colour) {
  const std::string shown = fitting(words, scale, width);
  if (shown.empty()) return at.x;
  cv::putText(pixels_, shown, at, kFont, scale, colour, 1, cv::LINE_AA);
  return at.x + width_of(shown, scale);
}

void Canvas::box(const cv::Rect& place, const cv::Scalar& colour) { cv::rectangle(pixels_, place, colour, cv::FILLED); }

void Canvas::line(std::span<const cv::Point> points, const cv::Scalar& colour, int thickness) {
  for (std::size_t i = 1; i < points.size(); ++i)
    cv::line(pixels_, points[i - 1], points[i], colour, thickness, cv::LINE_AA);
}

void Canvas::crop(const cv::Rect& place, int px, std::span<const std::uint8_t> rgb) {
  if (px < 1 || rgb.size() != static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3)
    throw std::logic_error("a crop of another size than " + std::to_string(px));
  const cv::Mat whole(px, px, CV_8UC3, const_cast<std::uint8_t*>(rgb.data()));
  cv::Mat small;
  cv::resize(whole, small, place.size(), 0, 0, px >= place.width ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::cvtColor(small, small, cv::COLOR_RGB2BGR);
  for (int y = 0; y < small.rows; ++y) {
    std::uint8_t* row = small.ptr<std::uint8_t>(y);
    for (int x = 0; x < small.cols * 3; ++x) row[x] = coarse(row[x]);
  }
  small.copyTo(pixels_(place));
}

std::string Canvas::png() const {
  std::vector<std::uint8_t> bytes;
  const std::vector<int> how = {cv::IMWRITE_PNG_COMPRESSION, 4, cv::IMWRITE_PNG_STRATEGY,
                                cv::IMWRITE_PNG_STRATEGY_DEFAULT};
  if (!cv::imencode(".png", pixels_, bytes, how)) throw std::runtime_error("a picture can't be made a PNG");
  return {bytes.begin(), bytes.end()};
}

}  // namespace unmask
