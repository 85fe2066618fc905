// What a command runs in: the ranks, and who speaks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dist/communicator.h"
#include "dist/mpi_runtime.h"

namespace unmask {

/// The ranks of this start of the program. Commands that don't use MPI see a world of one.
class Session {
 public:
  /// `mpi` is null for commands that need none. COLLECTIVE if it isn't.
  explicit Session(MpiRuntime* mpi);
  ~Session();
  Communicator& world() { return *world_; }
  int rank() const { return world_->rank(); }
  bool speaks() const { return rank() == 0; }
  int local_rank() const;
  int local_world() const;
  /// A line on stdout or stderr, from rank zero only.
  void print(const std::string& line) const;
  void note(const std::string& line) const;

  /// Rank zero does the work and its text reaches all; if it throws, all ranks throw the same. COLLECTIVE.
  std::string on_root(const std::function<std::string()>& work);
  /// Messages and groups among all ranks. COLLECTIVE. REQUIRES: a command that uses MPI.
  std::unique_ptr<RankNetwork> network();
  /// From here on the world is the ranks that still live. COLLECTIVE over them.
  void forget_dead();
  /// Ends all ranks at once, with what this rank alone has met.
  [[noreturn]] void abort(int exit_code, const std::string& what);
  /// COLLECTIVE. Frees the communicator.
  void close();

 private:
  MpiRuntime* mpi_;
  std::unique_ptr<Communicator> world_;
};

}  // namespace unmask
