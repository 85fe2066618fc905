// Ends the process if closing MPI takes too long: a rank that failed alone would wait for its peers for ever.
#pragma once

#include <atomic>
#include <memory>

namespace unmask {

/// From construction to destruction, at most kCloseTimeoutS; then the process ends with `exit_code`, or 1 for 0.
class CloseTimer {
 public:
  explicit CloseTimer(int exit_code);
  ~CloseTimer();
  CloseTimer(const CloseTimer&) = delete;

 private:
  std::shared_ptr<std::atomic<bool>> done_;
};

inline constexpr int kCloseTimeoutS = 15;

}  // namespace unmask
