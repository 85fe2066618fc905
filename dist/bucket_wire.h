// The sums of a step on their way to the peers: bucket after bucket in index order, so that all ranks agree, whatever
// the order in which buckets become ready. Part of GradientReducer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/fault.h"
#include "dist/communicator.h"
#include "dist/step_sums.h"

namespace unmask {

/// Shared with the helper thread, which may outlive the reducer if a peer hangs.
/// THREAD: a bucket's elements belong to the helper from its launch until it is done;
/// the fields below `mutex` are guarded.
struct BucketWire {
  /// `bucket_ends`: the end of each bucket in elements; at least one. `control_words` travel behind the last bucket.
  BucketWire(std::vector<std::int64_t> bucket_ends, std::size_t control_words, std::unique_ptr<StepSums> sums);

  /// COLLECTIVE: one bucket.
  void reduce(std::size_t bucket);
  /// The helper thread's work: reduces what is launched until told to leave, or until a collective fails.
  void run();
  void launch_up_to(std::size_t bucket);
  /// Tells the helper to leave. False if it is inside a collective that does not end within `grace_s`.
  bool ask_to_leave(double grace_s);
  /// THROWS what the helper met.
  void wait_for_all();
  /// This rank's device fails in a step, by the exception in flight: where sums fail alone all ranks' sums end, and the
  /// helper is done when it returns why. `met_before` says more where the device has failed before. Else, and where no
  /// device is to blame, THROWS what is in flight. REQUIRES: called in a catch block.
  Fault give_up(const std::optional<Fault>& met_before);
  /// The first fault of all ranks; after a lost device no sums are possible any more. COLLECTIVE, with an idle helper.
  std::optional<Fault> agree(const std::optional<Fault>& mine);

  const std::vector<std::int64_t> ends;
  const std::size_t control_words;
  const std::unique_ptr<StepSums> sums;
  std::unique_ptr<Communicator> own;  // the reducer's alone: handed to it, or a duplicate for the helper thread
  Communicator* communicator = nullptr;

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t launched = 0, done = 0;  // buckets of this step
  std::exception_ptr error;
  bool leave = false;
};

}  // namespace unmask
