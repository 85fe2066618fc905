#include "model/device/cuda_graph.h"

#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"

namespace unmask {
namespace {

void check(cudaError_t result, const char* call) {
  if (result == cudaSuccess) return;
  cudaGetLastError();  // or a later call would report it
  throw Error(ErrorKind::kFailed, std::string(call) + ": " + cudaGetErrorString(result));
}

/// A pool of LibTorch's allocator. All graphs of one maker have one pool: between their plays nothing of it is read.
class AllocatorPool final : public GraphMemory {
 public:
  AllocatorPool(const at::Device& gpu, c10::MempoolId_t pool) : gpu_(gpu), pool_(pool) {}
  ~AllocatorPool() override {
    if (is_used_) allocator().releasePool(gpu_.index(), pool_);
  }
  void begin(void* stream) override {
    // The allocator keeps for the operators' stream what they needed: the recording would need as much again.
    allocator().emptyCache();
    allocator().beginAllocateToPool(gpu_.index(), pool_, [stream](cudaStream_t asked) { return asked == stream; });
    is_used_ = true;
  }
  void end() override { allocator().endAllocateToPool(gpu_.index(), pool_); }

 private:
  /// libc10_cuda registers it; its functions are virtual, so that nothing links that library.
  static c10::cuda::CUDACachingAllocator::CUDAAllocator& allocator() {
    return static_cast<c10::cuda::CUDACachingAllocator::CUDAAllocator&>(*c10::GetAllocator(c10::kCUDA));
  }
  at::Device gpu_;
  c10::MempoolId_t pool_;
  bool is_used_ = false;
};

/// As at::cuda::CUDAGraph, which can't be cut on another thread, and whose library the program doesn't link.
class CudaGraph final : public ComputeGraph {
 public:
  CudaGraph(const at::Device& gpu, std::unique_ptr<GraphMemory> memory)
      : gpu_(gpu), streams_(gpu.type()), memory_(std::move(memory)) {}
  ~CudaGraph() override {
    for (const cudaGraphExec_t part : parts_) cudaGraphExecDestroy(part);
  }

  void begin() override {
    recorded_ = recorded_stream();
    memory_->begin(recorded_);
    is_recording_ = true;
    // LibTorch's number of a stream that isn't its own is CUDA's pointer.
    before_ =
        streams_.exchangeStream(c10::Stream(c10::Stream::UNSAFE, gpu_, reinterpret_cast<c10::StreamId>(recorded_)));
    begin_part();
  }

  void cut() override {
    end_part();
    begin_part();
  }

  void end() override {
    end_part();
    leave();
  }

  void abandon() noexcept override {
    if (!is_recording_) return;
    cudaGraph_t dropped = nullptr;
    if (is_in_part_ && cudaStreamEndCapture(recorded_, &dropped) == cudaSuccess && dropped != nullptr)
      cudaGraphDestroy(dropped);
    cudaGetLastError();
    leave();
  }

  void play(std::size_t part) override { check(cudaGraphLaunch(parts_.at(part), nullptr), "cudaGraphLaunch"); }

 private:
  /// The default stream can't be recorded. One for all graphs of the process, which has one GPU: cuBLAS keeps memory
  /// for each stream that it meets.
  static cudaStream_t recorded_stream() {
    static const cudaStream_t stream = [] {
      cudaStream_t made = nullptr;
      check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
      return made;
    }();
    return stream;
  }

  /// Relaxed: parts end on the threads on which autograd calls, and other threads go on with CUDA.
  void begin_part() {
    check(cudaStreamBeginCapture(recorded_, cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
    is_in_part_ = true;
  }

  void end_part() {
    is_in_part_ = false;
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(recorded_, &graph), "cudaStreamEndCapture");
    cudaGraphExec_t part = nullptr;
    const cudaError_t made = cudaGraphInstantiate(&part, graph, cudaGraphInstantiateFlagAutoFreeOnLaunch);
    cudaGraphDestroy(graph);
    check(made, "cudaGraphInstantiate");
    parts_.push_back(part);
  }

  void leave() noexcept {
    is_recording_ = false;
    streams_.exchangeStream(before_);
    memory_->end();
  }

  at::Device gpu_;
  c10::impl::VirtualGuardImpl streams_;
  std::unique_ptr<GraphMemory> memory_;
  bool is_recording_ = false, is_in_part_ = false;
  cudaStream_t recorded_ = nullptr;
  c10::Stream before_{c10::Stream::DEFAULT, at::Device(at::kCPU)};
  std::vector<cudaGraphExec_t> parts_;
};

}  // namespace

GraphMaker cuda_graphs(const at::Device& gpu, GraphMemoryMaker memory) {
  const char* asked = std::getenv("UNMASK_CUDA_GRAPHS");
  if (asked != nullptr && std::string(asked) == "0") return {};
  if (!memory) {
    // Numbers far from those that LibTorch gives its own pools.
    static std::atomic<c10::CaptureId_t> pools{c10::CaptureId_t{1} << 48};
    memory = [gpu, pool = c10::MempoolId_t{pools++, 0}] { return std::make_unique<AllocatorPool>(gpu, pool); };
  }
  return [gpu, memory = std::move(memory)] { return std::make_unique<CudaGraph>(gpu, memory()); };
}

}  // namespace unmask
