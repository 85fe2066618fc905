#include "base/trace.h"

#include <mutex>

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

struct Record {
  std::mutex mutex;
  Clock::time_point zero;
  std::vector<Trace::Event> events;
  std::int64_t dropped = 0;
};

Record& record() {
  static auto* const the_record = new Record;  // threads may still end after main
  return *the_record;
}

int this_thread() {
  static std::atomic<int> threads = 0;
  thread_local const int number = threads++;
  return number;
}

std::int64_t microseconds(Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

std::atomic<bool> Trace::on_ = false;

void Trace::start() {
  const std::lock_guard lock(record().mutex);
  record().zero = Clock::now();
  record().events.clear();
  record().dropped = 0;
  on_ = true;
}

std::vector<Trace::Event> Trace::take(std::int64_t* dropped) {
  on_ = false;
  const std::lock_guard lock(record().mutex);
  if (dropped != nullptr) *dropped = record().dropped;
  return std::move(record().events);
}

void Trace::add(std::string name, Clock::time_point start) {
  const auto end = Clock::now();
  const int thread = this_thread();
  const std::lock_guard lock(record().mutex);
  if (record().events.size() >= kMaxEvents) {
    ++record().dropped;
    return;
  }
  record().events.push_back({std::move(name), thread, microseconds(start - record().zero), microseconds(end - start)});
}

}  // namespace unmask
