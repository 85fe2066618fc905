#include "dist/bucket_wire.h"

#include <chrono>

#include "base/trace.h"

namespace unmask {

BucketWire::BucketWire(std::vector<std::int64_t> bucket_ends, std::size_t control, bool as_float)
    : ends(std::move(bucket_ends)), control_words(control) {
  const auto elements = static_cast<std::size_t>(ends.back());
  words.resize((as_float ? 0 : elements) + control_words);
  if (as_float) floats.resize(elements);
}

void BucketWire::reduce(std::size_t bucket) {
  const TraceSpan span("bucket", static_cast<std::int64_t>(bucket));
  const auto begin = static_cast<std::size_t>(bucket == 0 ? 0 : ends[bucket - 1]);
  const auto end = static_cast<std::size_t>(ends[bucket]);
  const bool last = bucket + 1 == ends.size();
  if (floats.empty()) {
    communicator->all_reduce_sum(std::span(words).subspan(begin, end - begin + (last ? control_words : 0)));
    return;
  }
  communicator->all_reduce_sum(std::span(floats).subspan(begin, end - begin));
  if (last) communicator->all_reduce_sum(control());
}

void BucketWire::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return leave || done < launched; });
    if (leave) return;
    const std::size_t bucket = done;
    lock.unlock();
    std::exception_ptr failure;
    try {
      reduce(bucket);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    error = failure;
    if (!failure) ++done;
    changed.notify_all();
    if (failure) return;
  }
}

void BucketWire::launch_up_to(std::size_t bucket) {
  const std::lock_guard lock(mutex);
  launched = bucket;
  changed.notify_all();
}

bool BucketWire::ask_to_leave(double grace_s) {
  std::unique_lock lock(mutex);
  const auto idle = [this] { return done == launched || error; };
  const bool left = changed.wait_for(lock, std::chrono::duration<double>(grace_s), idle);
  leave = true;
  changed.notify_all();
  return left;
}

void BucketWire::wait_for_all() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return error || done == ends.size(); });
  if (error) std::rethrow_exception(error);
}

}  // namespace unmask
