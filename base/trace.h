// Where the time goes, piece by piece, for a timeline of all ranks (`--trace`). Off unless start() is called; then a
// span costs two clock readings and a short lock.
//
//   Trace::start();
//   { const TraceSpan span("bucket", 3); reduce(3); }
//   for (const Trace::Event& event : Trace::take()) std::cout << event.name << ' ' << event.duration_us << '\n';
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace unmask {

/// THREAD: any. One per process.
class Trace {
 public:
  struct Event {
    std::string name;
    int thread = 0;  // numbered in the order in which they first appear
    std::int64_t start_us = 0, duration_us = 0;
  };

  /// Time zero is now.
  static void start();
  static bool is_on() { return on_.load(std::memory_order_relaxed); }
  /// Ends the recording. Events beyond kMaxEvents were not kept; `dropped` is their number.
  static std::vector<Event> take(std::int64_t* dropped = nullptr);

  static constexpr std::size_t kMaxEvents = 2'000'000;

 private:
  friend class TraceSpan;
  static void add(std::string name, std::chrono::steady_clock::time_point start);
  static std::atomic<bool> on_;
};

/// From construction to destruction. `number` >= 0 is put behind the name: "bucket 3".
class TraceSpan {
 public:
  explicit TraceSpan(const char* name, std::int64_t number = -1) : name_(name), number_(number) {
    if (Trace::is_on()) start_ = std::chrono::steady_clock::now();
  }
  ~TraceSpan() {
    if (Trace::is_on() && start_ != std::chrono::steady_clock::time_point())
      Trace::add(number_ < 0 ? name_ : name_ + (" " + std::to_string(number_)), start_);
  }
  TraceSpan(const TraceSpan&) = delete;

 private:
  const char* name_;
  std::int64_t number_;
  std::chrono::steady_clock::time_point start_{};
};

}  // namespace unmask
