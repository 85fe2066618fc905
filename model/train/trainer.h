// Trains one trial for the length of a lease on the ranks of a group. No torch in this header.
//
//   LeaseContext context{.trial_dir = "RUN/trials/0003", .identity = identity_text, .until_step = 420};
//   const LeaseResult result = run_lease(options, group, context);  // on all ranks of the group
//   if (result.end == LeaseEnd::kTrialDone) use(result.history, result.test);
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "dist/communicator.h"
#include "dist/host_cores.h"
#include "dist/kept_communicator.h"
#include "model/device/compute_graph.h"
#include "model/train/lease.h"
#include "model/train/open_data.h"
#include "model/train/train_options.h"

namespace unmask {

/// Everything that run_lease needs beside the options.
struct LeaseContext {
  std::filesystem::path trial_dir;  // RUN/trials/0000: checkpoints/, best.safetensors, metrics.csv are written here
  /// All that the trial's results depend on, one "key = value" per line: of a run its config's identity_text, where no
  /// "auto" is left in precision and arithmetic. With the stores' fingerprints it is part of every checkpoint, and a
  /// checkpoint of another identity is refused. REQUIRES: not empty.
  std::string identity;
  int attempt = 1;                          // in temporary names
  std::optional<std::int64_t> until_step;   // the lease's end; nothing: the trial's end
  const std::atomic<bool>* stop = nullptr;  // a signal handler's flag; read before a step's last bucket, and in scoring
  HostCores cores;                          // of this host: tells whether one is spare
  int local_rank = 0;                       // which GPU
  std::string numerics;                     // numerics_class() of this rank; empty: it is found out
  bool by_tensors = false;                  // for tests: a GPU's way on the CPU, with the same bits
  GraphMaker make_graph = {};               // likewise, of the CPU
  TrainObserver* observer = nullptr;
  std::shared_ptr<OpenData> open;  // what leases before have opened; nothing: this one opens all by itself
  /// Sums in a device's memory, from lease to lease; nothing: on a GPU this lease makes its own.
  std::shared_ptr<KeptCommunicator> device_sums;
};

/// COLLECTIVE over `group`. Resumes from the newest whole checkpoint of trial_dir, else starts anew.
/// When it ends before the trial does, a checkpoint of the step reached is on disk. best.safetensors and metrics.csv
/// are then up to date. An epoch whose scoring was stopped is scored by the next lease. All ranks return, or throw, the
/// same: what one of them meets alone, anywhere, the others hear of at their next step or agreement.
/// THROWS AgreedError: kData (stores), kFailed
/// "trial failed at step 12: rank 1: layer4.1.conv2.weight: gradient is not finite".
LeaseResult run_lease(const TrialOptions& options, Communicator& group, const LeaseContext& context);

}  // namespace unmask
