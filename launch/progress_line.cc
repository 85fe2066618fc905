#include "launch/progress_line.h"

#include <unistd.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

std::string duration_text(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "?";
  const long long whole = std::llround(seconds);
  char text[64];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

ProgressLine::ProgressLine(double plain_every_s) : plain_every_s_(plain_every_s), last_(Clock::now()) {
  const char* kind = std::getenv("TERM");
  // mpirun hands the ranks a pipe; scripts/mpirun says whether a terminal is behind it.
  const bool seen = ::isatty(STDERR_FILENO) == 1 || std::getenv("UNMASK_TERMINAL") != nullptr;
  terminal_ = seen && kind != nullptr && std::string(kind) != "dumb";
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const std::string& text) {
  const std::lock_guard lock(mutex_);
  const double since_s = std::chrono::duration<double>(Clock::now() - last_).count();
  if (since_s < (terminal_ ? 0.2 : plain_every_s_)) return;
  last_ = Clock::now();
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
}

void ProgressLine::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void ProgressLine::clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace unmask
