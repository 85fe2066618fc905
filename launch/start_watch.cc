#include "launch/start_watch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/seconds_since.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kHalfAnHourS = 1800;
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr double kOwnPauseS = 2;  // a look that comes later was suspended itself

}  // namespace

double start_timeout_s() {
  const char* told = std::getenv("UNMASK_START_TIMEOUT_S");
  return told != nullptr ? std::strtod(told, nullptr) : kHalfAnHourS;
}

StartWatch::StartWatch(std::function<void(const std::string&)> end_job, double timeout_s)
    : end_job_(std::move(end_job)), timeout_s_(timeout_s), thread_([this] { watch(); }) {}

StartWatch::~StartWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StartWatch::begins(const std::string& phase, double more_s) {
  const std::lock_guard lock(mutex_);
  phase_ = phase;
  left_s_ = timeout_s_ + more_s;
  lasted_s_ = 0;
}

void StartWatch::ends() {
  const std::lock_guard lock(mutex_);
  phase_.clear();
}

void StartWatch::watch() {
  if (timeout_s_ <= 0) return;
  std::unique_lock lock(mutex_);
  for (auto looked = Clock::now(); !changed_.wait_for(lock, kPause, [this] { return stop_; });) {
    const double since_s = std::min(seconds_since(std::exchange(looked, Clock::now())), kOwnPauseS);
    if (phase_.empty()) continue;
    left_s_ -= since_s;
    lasted_s_ += since_s;
    if (left_s_ > 0) continue;
    const std::string reason = phase_ + " has lasted for " + std::to_string(std::lround(lasted_s_)) +
                               " s: this rank hangs, or one that it waits for (UNMASK_START_TIMEOUT_S allows more)";
    phase_.clear();
    lock.unlock();
    end_job_(reason);
    lock.lock();
  }
}

}  // namespace unmask
