// Ends the process if closing MPI takes too long: a rank that failed alone would wait for its peers for ever.
#pragma once

#include <atomic>
#include <memory>

namespace unmask {

inline constexpr int kCloseTimeoutS = 15;

/// From construction to destruction, at most `timeout_s`; then the process ends with `exit_code`.
class CloseTimer {
 public:
  explicit CloseTimer(int exit_code, int timeout_s = kCloseTimeoutS);
  ~CloseTimer();
  CloseTimer(const CloseTimer&) = delete;

 private:
  std::shared_ptr<std::atomic<bool>> done_;
};

}  // namespace unmask
