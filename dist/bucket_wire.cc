#include "dist/bucket_wire.h"

#include <chrono>

#include "base/trace.h"
#include "dist/agreement.h"

namespace unmask {
namespace {

constexpr double kGiveUpS = 30;  // a call ends when it hears the alarm

/// Of the exception in flight. THROWS it on where no device is to blame.
Fault device_fault() {
  try {
    throw;
  } catch (const DeviceLost& lost) {
    return {.cause = lost.of_peer() ? Cause::kPeerLost : Cause::kDevice, .text = lost.what()};
  } catch (...) {
    Fault fault = current_fault();
    fault.cause = Cause::kDevice;
    return fault;
  }
}

}  // namespace

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
    if (failure) {
      error = failure;
    } else {
      ++done;
    }
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

Fault BucketWire::give_up(const std::optional<Fault>& met_before) {
  if (!communicator->sums_fail_alone()) throw;
  Fault fault = device_fault();
  // A device that fails tells so at each call; the first one's text is nearest to the cause.
  if (fault.cause == Cause::kDevice && met_before && met_before->cause == Cause::kOther) fault.text = met_before->text;
  communicator->raise_alarm();
  if (!ask_to_leave(kGiveUpS)) throw;
  const std::lock_guard lock(mutex);
  error = std::current_exception();
  return fault;
}

std::optional<Fault> BucketWire::agree(const std::optional<Fault>& mine) {
  const std::optional<Fault> fault = first_fault(*communicator, mine);
  if (!fault || (fault->cause != Cause::kDevice && fault->cause != Cause::kPeerLost)) return fault;
  communicator->raise_alarm();
  const std::lock_guard lock(mutex);
  error = std::make_exception_ptr(DeviceLost(fault->told(), true));
  return fault;
}

}  // namespace unmask
