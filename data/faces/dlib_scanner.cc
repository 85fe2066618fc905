#include "data/faces/dlib_scanner.h"

#include <cstring>
#include <sstream>

#include "data/faces/dlib_scanner_body.h"

#include <dlib/image_processing/frontal_face_detector.h>

namespace unmask {

std::unique_ptr<DlibScanner> make_dlib_scanner(const Processor& processor) {
  const dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  if (processor.avx2) {
    std::stringstream written;
    dlib::serialize(detector, written);
    if (auto scanner = make_dlib_scanner_avx2(written)) return scanner;
  }
  return std::make_unique<BuiltScanner>(detector);
}

}  // namespace unmask
