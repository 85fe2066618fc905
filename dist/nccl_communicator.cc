#include "dist/nccl_communicator.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "dist/agreement.h"
#include "dist/gpus.h"

namespace unmask {
namespace {

constexpr double kStartShare = 0.2;  // of timeout_s
constexpr auto kAlarmEvery = std::chrono::milliseconds(5);

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(std::unique_ptr<Communicator> host, NcclCommunicatorOptions options)
      : host_(std::move(host)), options_(options) {}
  ~NcclCommunicator() override {
    if (comm_ == nullptr) return;
    std::fprintf(stderr, "rank %d of %d: an NCCL communicator was dropped without close()\n", rank(), world());
  }
  NcclCommunicator(const NcclCommunicator&) = delete;

  void start();

  int rank() const noexcept override { return host_->rank(); }
  int world() const noexcept override { return host_->world(); }

  void all_reduce_sum(std::span<std::int64_t> values) override {
    run("all_reduce_sum(int64)",
        [&] { return ncclAllReduce(values.data(), values.data(), values.size(), ncclInt64, ncclSum, comm_, stream_); });
  }
  void all_reduce_sum(std::span<float> values) override {
    run("all_reduce_sum(float)", [&] {
      return ncclAllReduce(values.data(), values.data(), values.size(), ncclFloat32, ncclSum, comm_, stream_);
    });
  }
  void broadcast(std::span<std::byte> bytes, int root) override {
    if (root < 0 || root >= world()) throw error("broadcast", "root is " + std::to_string(root));
    run("broadcast",
        [&] { return ncclBroadcast(bytes.data(), bytes.data(), bytes.size(), ncclUint8, root, comm_, stream_); });
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override {
    require_open("all_gather");
    return host_->all_gather(mine);
  }
  void barrier() override {
    require_open("barrier");
    host_->barrier();
  }
  std::unique_ptr<Communicator> duplicate() override {
    require_open("duplicate");
    return make_nccl_communicator(*host_, options_);
  }
  void interrupt() override;
  bool sums_fail_alone() const override { return true; }
  void raise_alarm() override { host_->raise_alarm(); }
  bool alarmed() override { return host_->alarmed(); }
  void close() override;
  void abort(const std::string& reason) override;
  /// COLLECTIVE, after a start that failed alike on all ranks.
  void give_up();

 private:
  void drop_device();
  using Clock = std::chrono::steady_clock;
  Clock::time_point deadline(double share = 1) const {
    return Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(share * options_.timeout_s));
  }
  template <class Work>
  void start_together(Work work);
  CommError error(const char* operation, const std::string& why) const {
    return CommError(std::string(operation) + " on rank " + std::to_string(rank()) + " of " + std::to_string(world()) +
                     ": " + why);
  }
  void require_open(const char* operation) const {
    if (!refusal_.empty()) throw error(operation, refusal_);
  }
  void require_no_alarm(const char* operation) {
    if (alarmed()) throw DeviceLost(error(operation, "a rank's device has failed").what(), true);
  }
  void check_cuda(cudaError_t code, const char* operation) const {
    if (code == cudaSuccess) return;
    throw DeviceLost(error(operation, std::string("CUDA: ") + cudaGetErrorString(code)).what(), false);
  }
  /// ncclInProgress is no fault: the communicator is non-blocking, and settle() waits for it.
  void check_nccl(ncclResult_t code, const char* operation) const {
    if (code == ncclSuccess || code == ncclInProgress) return;
    const std::string why = std::string("NCCL: ") + ncclGetErrorString(code) + ": " + ncclGetLastError(comm_);
    throw DeviceLost(error(operation, why).what(), code == ncclRemoteError);
  }
  void require_time(const char* operation, Clock::time_point until, const char* what);
  void settle(const char* operation, Clock::time_point until);
  template <class Enqueue>
  void run(const char* operation, Enqueue enqueue);
  void wait_for_stream(const char* operation, Clock::time_point until);

  std::unique_ptr<Communicator> host_;
  NcclCommunicatorOptions options_;
  int device_ = 0;
  ncclComm_t comm_ = nullptr;
  cudaStream_t stream_ = nullptr;
  std::string refusal_;
  std::atomic<bool> interrupted_ = false;
  Clock::time_point next_look_;  // for an alarm
};

/// THROWS where nothing more is to be waited for.
void NcclCommunicator::require_time(const char* operation, Clock::time_point until, const char* what) {
  if (interrupted_) throw PeerLost(error(operation, "it was interrupted").what());
  const auto now = Clock::now();
  if (now >= next_look_) {
    next_look_ = now + kAlarmEvery;
    require_no_alarm(operation);
  }
  if (now > until) throw error(operation, std::string(what) + " " + std::to_string(options_.timeout_s) + " s");
}

/// Waits until NCCL has taken the last call in.
void NcclCommunicator::settle(const char* operation, Clock::time_point until) {
  ncclResult_t state = ncclInProgress;
  while (true) {
    check_nccl(ncclCommGetAsyncError(comm_, &state), operation);
    check_nccl(state, operation);
    if (state == ncclSuccess) return;
    require_time(operation, until, "no answer from all peers in");
    std::this_thread::yield();
  }
}

void NcclCommunicator::wait_for_stream(const char* operation, Clock::time_point until) {
  while (true) {
    const cudaError_t state = cudaStreamQuery(stream_);
    if (state == cudaSuccess) return;
    if (state != cudaErrorNotReady) check_cuda(state, operation);
    ncclResult_t background = ncclSuccess;
    check_nccl(ncclCommGetAsyncError(comm_, &background), operation);
    check_nccl(background, operation);
    require_time(operation, until, "a peer is silent for");
    std::this_thread::yield();
  }
}

/// A fault ends all sums: what the device still does with the peers is stopped. After a device's the host goes on.
template <class Enqueue>
void NcclCommunicator::run(const char* operation, Enqueue enqueue) {
  require_open(operation);
  try {
    if (comm_ == nullptr) throw DeviceLost(error(operation, "its device has failed before").what(), true);
    require_no_alarm(operation);
    check_cuda(cudaSetDevice(device_), operation);  // the caller may be a thread that never chose one
    const auto until = deadline();
    check_nccl(enqueue(), operation);
    settle(operation, until);
    wait_for_stream(operation, until);
  } catch (const DeviceLost&) {
    drop_device();
    throw;
  } catch (const CommError& fault) {
    abort(fault.what());
    throw;
  }
}

/// COLLECTIVE. What a part of the start meets on some ranks all of them throw.
template <class Work>
void NcclCommunicator::start_together(Work work) {
  std::string fault, faults;
  try {
    work();
  } catch (const CommError& error) {
    fault = error.what();
  }
  for (const std::string& text : all_gather_text(*host_, fault)) {
    if (!text.empty()) faults += (faults.empty() ? "" : "; ") + text;
  }
  if (!faults.empty()) throw AgreedError(ErrorKind::kFailed, "NCCL cannot start: " + faults);
}

/// COLLECTIVE. What may fail on one rank alone is agreed on before NCCL is called.
void NcclCommunicator::start() {
  ncclUniqueId id{};
  start_together([&] {
    const GpuSight gpus = look_for_gpus();
    if (gpus.usable == 0) throw error("cudaGetDeviceCount", gpus.why.empty() ? "no GPU is visible" : gpus.why);
    device_ = gpu_of_local_rank(options_.local_rank, gpus.usable);
    check_cuda(cudaSetDevice(device_), "cudaSetDevice");
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    if (rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  });
  host_->broadcast(std::as_writable_bytes(std::span(&id, 1)), 0);
  start_together([&] {
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    check_nccl(ncclCommInitRankConfig(&comm_, world(), id, rank(), &config), "ncclCommInitRankConfig");
    settle("ncclCommInitRankConfig", deadline(kStartShare));
  });
}

void NcclCommunicator::close() {
  if (!refusal_.empty()) return;
  refusal_ = "the communicator is closed";
  if (alarmed()) drop_device();  // NCCL's own way of closing waits for all peers
  if (comm_ != nullptr) {
    check_nccl(ncclCommFinalize(comm_), "close");
    settle("close", deadline());
    check_nccl(ncclCommDestroy(comm_), "close");
    comm_ = nullptr;
  }
  if (stream_ != nullptr) check_cuda(cudaStreamDestroy(stream_), "close");
  stream_ = nullptr;
  host_->close();
}

void NcclCommunicator::drop_device() {
  if (comm_ != nullptr) ncclCommAbort(comm_);
  comm_ = nullptr;
  if (stream_ != nullptr) cudaStreamDestroy(stream_);
  stream_ = nullptr;
}

/// The thread that waits for the device ends its call and, as for each fault, stops what the device still does.
void NcclCommunicator::interrupt() {
  interrupted_ = true;
  host_->interrupt();
}

void NcclCommunicator::abort(const std::string& reason) {
  if (refusal_.empty()) refusal_ = "the communicator was aborted: " + reason;
  drop_device();
  host_->abort(reason);
}

void NcclCommunicator::give_up() {
  refusal_ = "the communicator did not start";
  drop_device();
  host_->close();
}

}  // namespace

std::unique_ptr<Communicator> make_nccl_communicator(Communicator& host, NcclCommunicatorOptions options) {
  auto communicator = std::make_unique<NcclCommunicator>(host.duplicate(), options);
  try {
    communicator->start();
  } catch (const AgreedError&) {
    communicator->give_up();
    throw;
  } catch (const CommError& fault) {
    communicator->abort(fault.what());
    throw;
  }
  return communicator;
}

KeptCommunicator::Make nccl_communicators(int local_rank, double watchdog_s) {
  // For what the watchdog doesn't see.
  return [options = NcclCommunicatorOptions{local_rank, 10 * watchdog_s}](Communicator& group) {
    return make_nccl_communicator(group, options);
  };
}

}  // namespace unmask
