// Where a trial computes, and the process-wide settings of LibTorch that the same bits depend on.
//
//   configure_torch(options.train.threads_per_rank, options.train.reproducible);
//   const ComputePlace place = place_on(resolve_device(options.runtime.device), local_rank);
//   Loader loader(samples, augment, seed, 1, 4, place.bytes());
//   classifier.to(place.device);
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>

#include "data/load/loader.h"
#include "dist/communicator.h"
#include "dist/gradient_reducer.h"
#include "dist/kept_communicator.h"
#include "model/device/compute_graph.h"
#include "model/device/crop_launcher.h"
#include "model/device/device_choice.h"
#include "model/precision.h"

namespace unmask {

/// A CPU takes crops that the loader has augmented and sums gradients in host memory; a GPU does both itself.
struct ComputePlace {
  at::Device device = at::kCPU;
  bool by_tensors = false;       // a GPU's way, with the same bits where the device is a CPU: for tests
  CropLauncher make_crops = {};  // of device; else ATen does it, with the same bits
  GraphMaker make_graph = {};    // of device; else a microbatch's operators are enqueued one by one

  /// What the loader is to hand out: bytes for by_tensors, else images.
  ByteMemory bytes() const;
  /// images_on of device_crops.h, in the type that a network's body computes in.
  at::Tensor images(const CropBatch& batch, int crop_px, Precision precision, const at::Tensor& into = {}) const;
  /// COLLECTIVE: sums over `group`'s ranks in this place's memory. Nothing where the group itself does; then nothing is
  /// kept.
  std::unique_ptr<Communicator> communicator(Communicator& group, KeptCommunicator& kept) const;
  /// Sets where the reducer's sums live.
  void place_sums(ReducerOptions& options) const;
  /// How often the device's allocator found no memory: other algorithms are then taken in silence, so the bits differ.
  std::int64_t memory_failures() const;
};

/// LibTorch's CUDA libraries, which the program does not link: they take 0.2 s and 350 MB of every start. Before a
/// backward pass or anything else that asks LibTorch for GPUs, whose first answer stays. THROWS Error(kFailed).
void load_cuda();

/// `device`: resolved (resolve_device). A GPU, after load_cuda(), is the local rank's, modulo the visible ones.
ComputePlace place_on(Device device, int local_rank);

/// Threads, deterministic algorithms, no autotuning, and an allocator that keeps its memory. Before any tensor is made.
void configure_torch(int threads, bool reproducible);

}  // namespace unmask
