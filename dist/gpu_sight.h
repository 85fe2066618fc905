// What is known of GPUs, as plain values; dist/gpus.h looks for them.
#pragma once

#include <string>
#include <vector>

namespace unmask {

/// What there is to know before a GPU is used. Versions are CUDA's own: 13000 is 13.0; 0 is unknown.
struct GpuSight {
  int usable = 0;
  std::string why = {};      // what the driver said, where none is usable
  int driver = 0;            // newest CUDA that the driver runs
  int wanted = 0;            // CUDA that this program is built with
  std::string release = {};  // the driver's own number: "550.54.15"; empty: unknown
  /// What says that this job has one: "CUDA_VISIBLE_DEVICES=0", "/dev/nvidia0"; empty: nothing.
  std::string allocated = {};
};

/// "driver 550.54.15 (CUDA 12.4) was found; wanted is 580 or newer (CUDA 13.0)".
std::string driver_text(const GpuSight& sight);

/// A driver is here, and no GPU of it can run this program.
bool driver_is_too_old(const GpuSight& sight);

/// Of one GPU, by its number among the visible ones.
struct GpuFacts {
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::string uuid;  // of the part of a GPU, where it is cut into parts
  int compute = 0;   // capability: 90 is 9.0
};

/// The number of the local rank's GPU: where a host has more ranks than `usable` ones, they share. Without any: 0.
int gpu_of_local_rank(int local_rank, int usable);

/// By rank: the first rank that has the same GPU, which is itself where it shares none. Nothing where nobody shares.
/// `uuids`: each rank's, empty for a rank without one.
/// THROWS Error(kUsage) naming the ranks on a GPU that more than `ranks_per_gpu` have, and what to do.
std::vector<int> number_gpus(const std::vector<std::string>& uuids, int ranks_per_gpu);

}  // namespace unmask
