// A trial that is stopped and gone on with, for tests of a GPU's way on the CPU.
#pragma once

#include <optional>

#include "model/train/trainer.h"
#include "tests/support/run_ranks.h"

namespace unmask {

/// The second lease begins at step 4: of small_trial(), in the middle of its second epoch.
inline void train_in_two_leases(const TrialOptions& options, const std::filesystem::path& trial, int world,
                                bool by_tensors, const GraphMaker& make_graph = {}) {
  ThreadCommunicatorOptions patient;
  patient.timeout_s = 200;
  for (const std::optional<std::int64_t> until : {std::optional<std::int64_t>(4), std::optional<std::int64_t>()}) {
    run_ranks(world, patient, [&](Communicator& group) {
      LeaseContext context;
      context.trial_dir = trial;
      context.identity = context.numerics = "two leases";  // nothing to say about bits: no probe
      context.until_step = until;
      context.by_tensors = by_tensors;
      context.make_graph = make_graph;
      run_lease(options, group, context);
    });
  }
}

}  // namespace unmask
