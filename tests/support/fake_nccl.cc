#include "tests/support/fake_nccl.h"

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace {

/// Where the ranks of one communicator meet, operation after operation.
struct Meeting {
  struct Operation {
    std::vector<void*> memory;
    int came = 0;
    bool done = false;
  };
  explicit Meeting(int ranks) : world(ranks) {}
  std::mutex mutex;
  int world, joined = 0, finalized = 0;
  bool aborted = false;  // by one of them: nothing ends any more
  std::map<std::int64_t, Operation> operations;
};

std::mutex meetings_mutex;
std::map<std::int64_t, std::shared_ptr<Meeting>> meetings;
std::int64_t next_id = 1;

template <class T>
void sum(const std::vector<void*>& memory, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    T total = 0;
    for (const void* rank : memory) total += static_cast<const T*>(rank)[i];
    for (void* rank : memory) static_cast<T*>(rank)[i] = total;
  }
}

}  // namespace

struct ncclComm {
  std::shared_ptr<Meeting> meeting;
  int rank = 0;
  std::int64_t next_operation = 0;
  int asked = 0;  // answers "in progress" now and then, as the real one
  bool finalizing = false;
};

/// The last operation that was put on it.
struct CUstream_st {
  std::shared_ptr<Meeting> meeting;
  std::int64_t operation = -1;
  int device = 0;
};

namespace {

thread_local int current_device = 0;

cudaError_t state_of(int device) {
  return device == unmask::test_support::fake_nccl().broken_device ? cudaErrorIllegalAddress : cudaSuccess;
}

/// The last rank to come does `act` for all.
template <class Act>
ncclResult_t enqueue(ncclComm* comm, cudaStream_t stream, void* memory, Act act) {
  Meeting& meeting = *comm->meeting;
  const std::lock_guard lock(meeting.mutex);
  stream->meeting = comm->meeting;
  stream->operation = comm->next_operation++;
  Meeting::Operation& operation = meeting.operations[stream->operation];
  operation.memory.resize(static_cast<std::size_t>(meeting.world));
  operation.memory[static_cast<std::size_t>(comm->rank)] = memory;
  if (++operation.came == meeting.world && !meeting.aborted) {
    act(operation.memory);
    operation.done = true;
  }
  comm->asked = 0;
  return ncclInProgress;
}

}  // namespace

namespace unmask::test_support {
FakeNccl& fake_nccl() {
  static FakeNccl fake;
  return fake;
}
}  // namespace unmask::test_support
using unmask::test_support::fake_nccl;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = fake_nccl().no_gpu ? 0 : 8;
  return fake_nccl().no_gpu ? cudaErrorNoDevice : cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  current_device = device;
  return state_of(device);
}
cudaError_t cudaDeviceSynchronize() { return state_of(current_device); }
cudaError_t cudaGetLastError() { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t code) {
  return code == cudaErrorNoDevice         ? "no CUDA-capable device is detected"
         : code == cudaErrorIllegalAddress ? "an illegal memory access was encountered"
                                           : "another error";
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  (*stream)->device = current_device;
  ++fake_nccl().live_streams;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  --fake_nccl().live_streams;
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  if (state_of(stream->device) != cudaSuccess) return state_of(stream->device);
  if (stream->operation < 0) return cudaSuccess;
  const std::lock_guard lock(stream->meeting->mutex);
  return stream->meeting->operations[stream->operation].done ? cudaSuccess : cudaErrorNotReady;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  const std::lock_guard lock(meetings_mutex);
  std::memcpy(id, &next_id, sizeof next_id);
  ++next_id;
  return ncclSuccess;
}
ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank, ncclConfig_t*) {
  ++fake_nccl().inits;
  if (rank == fake_nccl().no_start_on) return ncclSystemError;
  std::int64_t key = 0;
  std::memcpy(&key, &id, sizeof key);
  const std::lock_guard lock(meetings_mutex);
  std::shared_ptr<Meeting>& meeting = meetings[key];
  if (!meeting) meeting = std::make_shared<Meeting>(ranks);
  ++meeting->joined;
  *comm = new ncclComm{.meeting = meeting, .rank = rank};
  ++fake_nccl().live_communicators;
  return ncclInProgress;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) {
  const std::lock_guard lock(meetings_mutex);
  const Meeting& all = *comm->meeting;
  const bool here = all.joined == all.world && (!comm->finalizing || all.finalized == all.world);
  const bool ready = here && ++comm->asked > 2;
  *state = fake_nccl().async_error && comm->next_operation > 0 ? ncclRemoteError : ready ? ncclSuccess : ncclInProgress;
  return ncclSuccess;
}
const char* ncclGetErrorString(ncclResult_t code) {
  return code == ncclRemoteError ? "remote process exited or there was a network error" : "another error";
}
const char* ncclGetLastError(ncclComm_t) { return "the fake's last words"; }
ncclResult_t ncclAllReduce(const void*, void* memory, size_t count, ncclDataType_t type, ncclRedOp_t, ncclComm_t comm,
                           cudaStream_t stream) {
  return enqueue(comm, stream, memory, [&](const std::vector<void*>& all) {
    type == ncclInt64 ? sum<std::int64_t>(all, count) : sum<float>(all, count);
  });
}
ncclResult_t ncclBroadcast(const void*, void* memory, size_t count, ncclDataType_t, int root, ncclComm_t comm,
                           cudaStream_t stream) {
  return enqueue(comm, stream, memory, [&](const std::vector<void*>& all) {
    const auto* from = static_cast<const std::byte*>(all[static_cast<std::size_t>(root)]);
    for (void* to : all) {
      if (to != from) std::copy_n(from, count, static_cast<std::byte*>(to));
    }
  });
}
ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  const std::lock_guard lock(meetings_mutex);
  comm->finalizing = true;
  ++comm->meeting->finalized;
  return ncclInProgress;
}
ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  delete comm;
  --fake_nccl().live_communicators;
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t comm) {
  {
    const std::lock_guard lock(comm->meeting->mutex);
    comm->meeting->aborted = true;
  }
  return ncclCommDestroy(comm);
}

}  // extern "C"
