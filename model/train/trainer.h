// Trains one trial for the length of a lease on the ranks of a group. No torch in this header.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dist/communicator.h"
#include "model/train/lease.h"
#include "model/train/train_options.h"

namespace unmask {

/// Everything that run_lease needs beside the options.
struct LeaseContext {
  std::filesystem::path trial_dir;  // RUN/trials/0000: checkpoints/, best.safetensors, metrics.csv are written here
  /// All that the trial's results depend on, one "key = value" a line: of a run its config's identity_text, where no "auto" is
  /// left in precision and arithmetic. With the stores' fingerprints it is part of every checkpoint, and a checkpoint of another
  /// identity is refused. REQUIRES: not empty.
  std::string identity;
  int attempt = 1;                          // in temporary names
  std::optional<std::int64_t> until_step;   // the lease's end; nothing: the trial's end
  const std::atomic<bool>* stop = nullptr;  // a signal handler's flag; read at step boundaries
  int local_world = 1;                      // ranks on this host: tells whether a core is spare
  int local_rank = 0;                       // which GPU
  std::string numerics;                     // numerics_class() of this rank; empty: it is found out
  bool by_tensors = false;                  // for tests: a GPU's way on the CPU, with the same bits
  TrainObserver* observer = nullptr;
};

/// COLLECTIVE over `group`. Resumes from the newest whole checkpoint of trial_dir, else starts anew.
/// When it ends before the trial does, a checkpoint of the step reached is on disk. best.safetensors and metrics.csv are
/// then up to date. All ranks return, or throw, the same.
/// THROWS Error: kFailed "trial failed at step 12: rank 1: layer4.1.conv2.weight: gradient is not finite", kData (stores).
LeaseResult run_lease(const TrialOptions& options, Communicator& group, const LeaseContext& context);

/// Replaces "auto" in precision and bf16_arithmetic by what is fastest on this processor or GPU (of a CPU by a table,
/// base/instruction_set.h). Once, when the run is made. `device`: resolved. THROWS Error(kUsage).
void resolve_arithmetic(TrainOptions& train, Device device);
/// "fp32", "bf16, products native", for people.
std::string arithmetic_text(const TrainOptions& train);
/// kCpu or kCuda. THROWS Error(kUsage) where a GPU is allocated but cannot be used.
Device resolve_device(Device device);
/// What ranks must have in common to give the same bits: library versions, CPU model and effective instruction set, threads,
/// arithmetic, and a digest of the bits of one probe microbatch (probe.h) with crops of `crop_px`. On a GPU its model (of the
/// rank's own), CUDA and cuDNN instead of the CPU's. Takes a fraction of a second: once a process.
std::string numerics_class(const TrialOptions& options, int crop_px, int local_rank = 0);
/// COLLECTIVE: no two ranks of `world` may have the same GPU. THROWS Error(kUsage). Nothing to do on CPUs. Only for tests:
/// UNMASK_SHARE_GPU=1 in the environment lets them.
void require_own_gpu(Communicator& world, Device device, int local_rank);

}  // namespace unmask
