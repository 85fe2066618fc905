// What a command runs in: the ranks, and who speaks.
//
//   Session session(&mpi);                     // an MpiRuntime, or nullptr: a world of one
//   const std::string text = session.on_root([&] { return read_text_file(file, 1 << 20); });  // the same on all ranks
//   session.print("read on rank zero, printed by it");
//   session.close();
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dist/communicator.h"
#include "dist/mpi_runtime.h"
#include "launch/start_watch.h"

namespace unmask {

/// The ranks of this start of the program. Commands that don't use MPI see a world of one.
class Session {
 public:
  /// `mpi` is null for commands that need none. COLLECTIVE if it isn't.
  /// `watch`: of the whole start; nothing: nobody watches over it.
  explicit Session(MpiRuntime* mpi, StartWatch* watch = nullptr);
  ~Session();
  Communicator& world() { return *world_; }
  int rank() const { return world_->rank(); }
  bool speaks() const { return rank() == 0; }
  int local_rank() const;
  int local_world() const;
  /// As the ranks were bound when the session was made.
  const HostCores& cores() const { return cores_; }
  /// A line on stdout or stderr, from rank zero only.
  void print(const std::string& line) const;
  void note(const std::string& line) const;

  /// Rank zero does the work and its text reaches all; if it throws, all ranks throw the same. COLLECTIVE.
  std::string on_root(const std::function<std::string()>& work);
  /// Rank zero makes a value; the others read it from its text. If it throws, all ranks throw the same. COLLECTIVE.
  template <typename Value>
  Value share(const std::function<Value()>& make, std::string (*to_text)(const Value&),
              Value (*from_text)(const std::string&)) {
    std::optional<Value> made;
    const std::string text = on_root([&] { return to_text(made.emplace(make())); });
    return made ? *std::move(made) : from_text(text);
  }
  /// Messages and groups among all ranks. COLLECTIVE. REQUIRES: a command that uses MPI.
  std::unique_ptr<RankNetwork> network();
  /// From here on the world is the ranks that still live. COLLECTIVE over them.
  void forget_dead();
  /// Ends all ranks at once, with what this rank alone has met.
  [[noreturn]] void abort(int exit_code, const std::string& what);
  /// A phase of the start, in which a rank that hangs ends the job (start_watch.h), and its end.
  void begins(const std::string& phase, double more_s = 0);
  void started();
  /// COLLECTIVE. Frees the communicator.
  void close();

 private:
  MpiRuntime* mpi_;
  StartWatch* watch_;
  HostCores cores_;
  std::unique_ptr<Communicator> world_;
};

}  // namespace unmask
