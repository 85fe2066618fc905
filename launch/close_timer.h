// Ends the process if closing MPI takes too long: a rank that failed alone would wait for its peers for ever.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace unmask {

inline constexpr int kCloseTimeoutS = 15;

/// From construction to destruction, at most `timeout_s`; then the process ends with `exit_code`, and says `why` on
/// standard error.
class CloseTimer {
 public:
  explicit CloseTimer(int exit_code, double timeout_s = kCloseTimeoutS, const std::string& why = "");
  ~CloseTimer();
  CloseTimer(const CloseTimer&) = delete;

 private:
  std::shared_ptr<std::atomic<bool>> done_;
};

}  // namespace unmask
