// dlib's frontal HOG detector over a grey picture: built once for any processor and once for AVX2, with the same bits.
#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include <opencv2/core.hpp>

#include "base/instruction_set.h"

namespace unmask {

/// In pixels of the picture that was searched; right and bottom are the last pixels inside.
struct DlibDetection {
  long left = 0, top = 0, right = 0, bottom = 0;
  double score = 0;
  bool operator==(const DlibDetection&) const = default;
};

/// THREAD: one thread at a time.
class DlibScanner {
 public:
  virtual ~DlibScanner() = default;
  /// The faces of the 8-bit picture, doubled `upsample` times before, in pixels of the doubled one; best first.
  virtual std::vector<DlibDetection> scan(const cv::Mat& grey, int upsample) = 0;
  /// Those of the detector's own size alone: of one level of the pyramid.
  virtual std::vector<DlibDetection> scan_level(const cv::Mat& level) = 0;
  /// Whether dlib drops `other` beside a better one, as one face seen twice.
  virtual bool hides(const DlibDetection& better, const DlibDetection& other) const = 0;
  /// Costs nothing; the first scanner costs 0.25 s.
  virtual std::unique_ptr<DlibScanner> clone() const = 0;
};

/// `processor`: which build; a test gives a smaller one.
std::unique_ptr<DlibScanner> make_dlib_scanner(const Processor& processor = this_processor());

/// The build for AVX2, from the detector as dlib writes it; null where the compiler doesn't target it.
std::unique_ptr<DlibScanner> make_dlib_scanner_avx2(std::istream& detector);

}  // namespace unmask
