// All of dlib that is used here once more, for AVX2 and under another name, so that the linker can't take a function of
// this file for one of the other build's. What the standard library and OpenCV bring is included before, for any
// processor, for the same reason: those functions keep their names. No operation is fused (-ffp-contract=off).
#include "data/faces/dlib_scanner.h"

// The standard headers that dlib includes.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <complex>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx2")
#define dlib dlib_avx2
#include "data/faces/dlib_scanner_body.h"

namespace unmask {

std::unique_ptr<DlibScanner> make_dlib_scanner_avx2(std::istream& detector) {
  BuiltScanner::Detector read;
  dlib::deserialize(read, detector);
  return std::make_unique<BuiltScanner>(read);
}

}  // namespace unmask
#pragma GCC pop_options
#else
namespace unmask {
std::unique_ptr<DlibScanner> make_dlib_scanner_avx2(std::istream&) { return nullptr; }
}  // namespace unmask
#endif
