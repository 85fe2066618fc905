// The seam between training and the libraries that move bytes between ranks.
// Backends: MPI (host memory), NCCL (device memory), loopback (a world of one). A double for tests: threads (n ranks in
// one process).
//
//   const std::unique_ptr<Communicator> world = runtime.world();  // an MpiRuntime; on every rank
//   std::int64_t seen = 12;                                       // this rank's
//   world->all_reduce_sum(std::span(&seen, 1));                   // the sum, on every rank
//   const std::vector<std::string> hosts = all_gather_text(*world, host_name());
//   world->close();
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace unmask {

/// A collective failed. The text says operation, rank, world, and what MPI or NCCL said.
class CommError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A rank of the communicator died, or a peer has left it because of that.
/// The others live on only where MPI survives deaths.
class PeerLost : public CommError {
 public:
  using CommError::CommError;
};

/// Sums are made by a device, and this rank's has failed, or (`of_peer`) another's. The ranks can still talk, and must
/// agree on what became of the sums.
class DeviceLost : public CommError {
 public:
  DeviceLost(const std::string& what, bool of_peer) : CommError(what), of_peer_(of_peer) {}
  bool of_peer() const noexcept { return of_peer_; }

 private:
  bool of_peer_;
};

/// Ranks that talk to each other. All calls are COLLECTIVE: same order, same sizes on every rank.
/// THREAD: one thread at a time per object; different objects may be used by different threads.
/// Memory is host memory, for NCCL device memory in the all_reduce and broadcast calls.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const noexcept = 0;
  virtual int world() const noexcept = 0;

  /// Sums in place. 64-bit integers: the same bits for any algorithm and order.
  virtual void all_reduce_sum(std::span<std::int64_t> values) = 0;
  /// Sums in place; the bits depend on world and algorithm.
  virtual void all_reduce_sum(std::span<float> values) = 0;
  /// False: all ranks have agreed on the sizes of the calls to come, so a backend need not compare them first. True, as
  /// at the start: it should.
  virtual void compare_sizes(bool /*compare*/) {}
  virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
  /// Every rank's bytes on every rank, in rank order. Lengths may differ.
  virtual std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) = 0;
  virtual void barrier() = 0;

  /// A communicator of the same ranks with its own message space (for a second thread).
  virtual std::unique_ptr<Communicator> duplicate() = 0;
  /// Not collective, from any thread: calls under way on any rank end with PeerLost, where MPI survives deaths.
  virtual void interrupt() {}
  /// True: sums may fail on one rank alone, as a device's do. all_gather and barrier then go on, and the ranks agree by
  /// them after each series of sums. Who fails raises the alarm, so that no peer waits for it in a sum.
  virtual bool sums_fail_alone() const { return false; }
  /// Not collective, from any thread: where sums may fail alone, those under way and all later ones end with
  /// DeviceLost, on all ranks; else the peers only see it. All other calls go on. Where one rank has raised it, all
  /// must before close().
  virtual void raise_alarm() {}
  /// Some rank has raised the alarm. This one knows at once, the others soon.
  virtual bool alarmed() { return false; }
  /// COLLECTIVE. Frees what is shared with the peers. The destructor never talks to them.
  virtual void close() = 0;
  /// Not collective: no call of this communicator is possible any more; each throws CommError with `reason`.
  /// Interrupts.
  virtual void abort(const std::string& reason) = 0;
};

/// A string from `root` on all ranks. COLLECTIVE.
std::string broadcast_text(Communicator& communicator, const std::string& text, int root = 0);
/// Each rank's string on all ranks. COLLECTIVE.
std::vector<std::string> all_gather_text(Communicator& communicator, const std::string& text);

}  // namespace unmask
