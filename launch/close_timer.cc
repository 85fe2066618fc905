#include "launch/close_timer.h"

#include <unistd.h>
#include <chrono>
#include <cstdio>
#include <thread>

namespace unmask {

CloseTimer::CloseTimer(int exit_code, double timeout_s, const std::string& why)
    : done_(std::make_shared<std::atomic<bool>>(false)) {
  std::thread([exit_code, timeout_s, why, done = done_] {
    for (int tenths = 0; tenths < timeout_s * 10 && !*done; ++tenths) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (*done) return;
    if (!why.empty()) std::fprintf(stderr, "unmask: %s\n", why.c_str());
    std::fflush(nullptr);
    ::_exit(exit_code);
  }).detach();
}

CloseTimer::~CloseTimer() { *done_ = true; }

}  // namespace unmask
