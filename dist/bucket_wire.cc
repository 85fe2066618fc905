#include "dist/bucket_wire.h"

#include <chrono>

#include "base/trace.h"

namespace unmask {

BucketWire::BucketWire(std::vector<std::int64_t> bucket_ends, std::size_t control, std::unique_ptr<StepSums> step_sums)
    : ends(std::move(bucket_ends)), control_words(control), sums(std::move(step_sums)) {}

void BucketWire::reduce(std::size_t bucket) {
  const TraceSpan span("bucket", static_cast<std::int64_t>(bucket));
  const auto begin = static_cast<std::size_t>(bucket == 0 ? 0 : ends[bucket - 1]);
  const auto end = static_cast<std::size_t>(ends[bucket]);
  const bool last = bucket + 1 == ends.size();
  sums->wait_until_launched(bucket);
  const std::span<std::int64_t> words = sums->words();
  const std::span<float> floats = sums->floats();
  communicator->compare_sizes(false);  // the reducer has
  if (floats.empty()) {
    communicator->all_reduce_sum(words.subspan(begin, end - begin + (last ? control_words : 0)));
  } else {
    communicator->all_reduce_sum(floats.subspan(begin, end - begin));
    if (last) communicator->all_reduce_sum(words.last(control_words));
  }
  communicator->compare_sizes(true);
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
