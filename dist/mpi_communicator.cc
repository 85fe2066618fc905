#include "dist/mpi_communicator.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "dist/mpi_fault_mitigation.h"

namespace unmask {
namespace {

constexpr int kAlarmTag = 1;

}  // namespace

void check_mpi(int code, const char* operation, int rank, int world) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) length = 0;
  std::string what = operation;
  if (rank >= 0) what += " on rank " + std::to_string(rank) + " of " + std::to_string(world);
  what += ": MPI error " + std::to_string(code) + ": " + std::string(text.data(), static_cast<std::size_t>(length));
  if (says_peer_lost(code)) throw PeerLost(what);
  throw CommError(what);
}

std::unique_ptr<MpiCommunicator> MpiCommunicator::duplicate_of(MPI_Comm parent, MpiCommunicatorOptions options) {
  MPI_Comm comm = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(parent, &comm), "MPI_Comm_dup");
  return std::make_unique<MpiCommunicator>(comm, options);
}

MpiCommunicator::MpiCommunicator(MPI_Comm comm, MpiCommunicatorOptions options) : comm_(comm), options_(options) {
  check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(comm_, &world_), "MPI_Comm_size");
}

MpiCommunicator::~MpiCommunicator() {
  if (comm_ != MPI_COMM_NULL && refusal_.empty()) {
    std::fprintf(stderr, "rank %d of %d: an MPI communicator was dropped without close()\n", rank_, world_);
  }
}

void MpiCommunicator::require_open(const char* operation) const {
  if (refusal_.empty()) return;
  throw CommError(std::string(operation) + " on rank " + std::to_string(rank_) + " of " + std::to_string(world_) +
                  ": " + refusal_);
}

void MpiCommunicator::require_same_size(std::size_t size, const char* operation) {
  if (!compare_sizes_) return;
  // The largest of n and of -n: one call tells both ends of the range.
  std::array<std::int64_t, 2> range{static_cast<std::int64_t>(size), -static_cast<std::int64_t>(size)};
  check(MPI_Allreduce(MPI_IN_PLACE, range.data(), 2, MPI_INT64_T, MPI_MAX, comm_), operation);
  if (range[0] == -range[1]) return;
  throw CommError(std::string(operation) + " on rank " + std::to_string(rank_) + " of " + std::to_string(world_) +
                  ": sizes differ between ranks: " + std::to_string(size) + " here, " + std::to_string(-range[1]) +
                  " to " + std::to_string(range[0]) + " over all ranks");
}

template <class T>
void MpiCommunicator::all_reduce_in_chunks(std::span<T> values, MPI_Datatype type, const char* operation) {
  require_open(operation);
  require_same_size(values.size(), operation);
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), static_cast<std::size_t>(options_.max_count));
    check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(count), type, MPI_SUM, comm_), operation);
    values = values.subspan(count);
  }
}

void MpiCommunicator::all_reduce_sum(std::span<std::int64_t> values) {
  all_reduce_in_chunks(values, MPI_INT64_T, "all_reduce_sum(int64)");
}

void MpiCommunicator::all_reduce_sum(std::span<float> values) {
  all_reduce_in_chunks(values, MPI_FLOAT, "all_reduce_sum(float)");
}

void MpiCommunicator::broadcast(std::span<std::byte> bytes, int root) {
  require_open("broadcast");
  if (root < 0 || root >= world_) {
    throw CommError("broadcast on rank " + std::to_string(rank_) + ": root is " + std::to_string(root) +
                    ", but the world has ranks 0 to " + std::to_string(world_ - 1));
  }
  require_same_size(bytes.size(), "broadcast");
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), static_cast<std::size_t>(options_.max_count));
    check(MPI_Bcast(bytes.data(), static_cast<int>(count), MPI_BYTE, root, comm_), "broadcast");
    bytes = bytes.subspan(count);
  }
}

std::vector<std::vector<std::byte>> MpiCommunicator::all_gather(std::span<const std::byte> mine) {
  require_open("all_gather");
  const auto ranks = static_cast<std::size_t>(world_);
  std::vector<std::int64_t> lengths(ranks);
  const auto length = static_cast<std::int64_t>(mine.size());
  check(MPI_Allgather(&length, 1, MPI_INT64_T, lengths.data(), 1, MPI_INT64_T, comm_), "all_gather of lengths");
  std::int64_t total = 0;
  for (std::int64_t one : lengths) total += one;

  std::vector<std::vector<std::byte>> gathered(ranks);
  if (total > options_.max_count) {  // offsets of MPI_Allgatherv are `int` too
    for (std::size_t r = 0; r < ranks; ++r) {
      gathered[r].resize(static_cast<std::size_t>(lengths[r]));
      if (static_cast<int>(r) == rank_) std::copy(mine.begin(), mine.end(), gathered[r].begin());
      broadcast(gathered[r], static_cast<int>(r));
    }
    return gathered;
  }
  std::vector<int> counts(lengths.begin(), lengths.end()), offsets(ranks);
  for (std::size_t r = 1; r < ranks; ++r) offsets[r] = offsets[r - 1] + counts[r - 1];
  std::vector<std::byte> all(static_cast<std::size_t>(total));
  check(MPI_Allgatherv(mine.data(), static_cast<int>(length), MPI_BYTE, all.data(), counts.data(), offsets.data(),
                       MPI_BYTE, comm_),
        "all_gather");
  for (std::size_t r = 0; r < ranks; ++r) {
    const auto begin = all.begin() + offsets[r];
    gathered[r].assign(begin, begin + counts[r]);
  }
  return gathered;
}

void MpiCommunicator::barrier() {
  require_open("barrier");
  check(MPI_Barrier(comm_), "barrier");
}

std::unique_ptr<Communicator> MpiCommunicator::duplicate() {
  require_open("duplicate");
  MPI_Comm comm = MPI_COMM_NULL;
  check(MPI_Comm_dup(comm_, &comm), "duplicate");
  return std::make_unique<MpiCommunicator>(comm, options_);
}

void MpiCommunicator::raise_alarm() {
  if (!refusal_.empty() || alarmed_.exchange(true)) return;
  for (int peer = 0; peer < world_; ++peer) {
    if (peer == rank_) continue;
    check(MPI_Isend(nullptr, 0, MPI_BYTE, peer, kAlarmTag, comm_, &alarms_.emplace_back(MPI_REQUEST_NULL)), "alarm");
  }
}

bool MpiCommunicator::alarmed() {
  int there = 0;
  if (refusal_.empty() && !alarmed_)
    check(MPI_Iprobe(MPI_ANY_SOURCE, kAlarmTag, comm_, &there, MPI_STATUS_IGNORE), "alarm");
  return alarmed_ || there != 0;
}

/// One of each peer: a message that is left behind might be found by a later communicator.
void MpiCommunicator::receive_alarms() {
  for (int peer = 0; peer < world_; ++peer) {
    if (peer == rank_) continue;
    check(MPI_Recv(nullptr, 0, MPI_BYTE, peer, kAlarmTag, comm_, MPI_STATUS_IGNORE), "close");
  }
  check(MPI_Waitall(static_cast<int>(alarms_.size()), alarms_.data(), MPI_STATUSES_IGNORE), "close");
}

void MpiCommunicator::close() {
  if (!refusal_.empty()) return;
  refusal_ = "the communicator is closed";
  if (alarmed_) receive_alarms();
  check(MPI_Comm_free(&comm_), "close");
}

void MpiCommunicator::interrupt() {
  if (survives_deaths()) revoke(comm_);
}

void MpiCommunicator::abort(const std::string& reason) {
  if (!refusal_.empty()) return;
  refusal_ = "the communicator was aborted: " + reason;
  interrupt();
}

}  // namespace unmask
