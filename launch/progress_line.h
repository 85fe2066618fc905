// One line about long work that overwrites itself on a terminal; elsewhere a plain line now and then. On stderr.
//
//   ProgressLine progress;
//   for (int i = 0; i < 1000; ++i) progress.show("frames: " + std::to_string(i));  // now and then
//   progress.line("a frame was damaged");                                          // always
#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace unmask {

/// "1:02:03", "4:05"; "?" for a negative number
std::string duration_text(double seconds);

/// THREAD: any.
class ProgressLine {
 public:
  explicit ProgressLine(double plain_every_s = 15);
  ~ProgressLine();
  /// Shows `text` if it is time.
  void show(const std::string& text);
  /// A line that stays.
  void line(const std::string& text);

 private:
  void clear();
  bool terminal_;
  double plain_every_s_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
  std::mutex mutex_;
};

}  // namespace unmask
