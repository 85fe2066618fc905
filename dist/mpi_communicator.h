// Communicator over MPI, in host memory. This header sees <mpi.h>: only files of `dist` and tests of it include it.
#pragma once

#include <mpi.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace unmask {

/// THROWS CommError (PeerLost where a rank died) with operation, rank, world
/// and MPI's own text unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* operation, int rank = -1, int world = -1);

struct MpiCommunicatorOptions {
  /// The most elements that one call of MPI carries: its counts are `int`.
  std::int64_t max_count = std::int64_t{1} << 30;
};

class MpiCommunicator final : public Communicator {
 public:
  /// A duplicate of `parent` whose errors are returned, not fatal. COLLECTIVE over `parent`.
  static std::unique_ptr<MpiCommunicator> duplicate_of(MPI_Comm parent, MpiCommunicatorOptions options = {});
  /// Takes `comm` over: close() frees it.
  MpiCommunicator(MPI_Comm comm, MpiCommunicatorOptions options);
  /// Says so on stderr if the communicator was neither closed nor aborted; never talks to the peers.
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;

  int rank() const noexcept override { return rank_; }
  int world() const noexcept override { return world_; }
  void all_reduce_sum(std::span<std::int64_t> values) override;
  void all_reduce_sum(std::span<float> values) override;
  /// Before each sum and broadcast: MPI itself may truncate, hang or crash where sizes differ. Costs an all-reduce of
  /// 16 bytes (docs/benchmarks.md); GradientReducer does without, it has compared its plan.
  void compare_sizes(bool compare) override { compare_sizes_ = compare; }
  void broadcast(std::span<std::byte> bytes, int root) override;
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override;
  void barrier() override;
  std::unique_ptr<Communicator> duplicate() override;
  void interrupt() override;
  void raise_alarm() override;
  bool alarmed() override;
  void close() override;
  void abort(const std::string& reason) override;

 private:
  template <class T>
  void all_reduce_in_chunks(std::span<T> values, MPI_Datatype type, const char* operation);
  void require_open(const char* operation) const;
  void receive_alarms();
  void require_same_size(std::size_t size, const char* operation);
  void check(int code, const char* operation) const { check_mpi(code, operation, rank_, world_); }

  MPI_Comm comm_ = MPI_COMM_NULL;
  MpiCommunicatorOptions options_;
  int rank_ = 0, world_ = 1;
  bool compare_sizes_ = true;
  std::atomic<bool> alarmed_ = false;
  std::vector<MPI_Request> alarms_;  // to the peers
  std::string refusal_;
};

}  // namespace unmask
