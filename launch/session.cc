#include "launch/session.h"

#include <cstdio>

#include "base/error.h"
#include "dist/agreement.h"
#include "dist/loopback_communicator.h"

namespace unmask {

namespace {

HostCores cores_of_process() {
  const int own = static_cast<int>(allowed_cores().size());
  return {1, own, own};
}

}  // namespace

Session::Session(MpiRuntime* mpi, StartWatch* watch)
    : mpi_(mpi),
      watch_(watch),
      cores_(mpi != nullptr ? mpi->cores() : cores_of_process()),
      world_(mpi != nullptr ? mpi->world() : make_loopback_communicator()) {}

Session::~Session() = default;

int Session::local_rank() const { return mpi_ != nullptr ? mpi_->local_rank() : 0; }
int Session::local_world() const { return mpi_ != nullptr ? mpi_->local_world() : 1; }

void Session::print(const std::string& line) const {
  if (!speaks()) return;
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

void Session::note(const std::string& line) const {
  if (speaks()) std::fprintf(stderr, "%s\n", line.c_str());
}

std::string Session::on_root(const std::function<std::string()>& work) {
  constexpr char kDone = '\0';  // before the text; else a fault follows
  std::string told;
  if (rank() == 0) {
    try {
      told = kDone + work();
    } catch (...) {
      told = to_text(current_fault());
    }
  }
  told = broadcast_text(*world_, told);
  if (told.at(0) != kDone) throw Error(fault_from(told));
  return told.substr(1);
}

std::unique_ptr<RankNetwork> Session::network() { return mpi_->network(); }

void Session::forget_dead() {
  std::unique_ptr<Communicator> living = mpi_ != nullptr ? mpi_->living() : nullptr;
  if (!living) return;
  world_->abort("ranks may have died");
  world_ = std::move(living);
}

void Session::abort(int exit_code, const std::string& what) {
  std::fprintf(stderr, "unmask: rank %d: %s\n", rank(), what.c_str());
  std::fflush(nullptr);
  mpi_->abort(exit_code);
}

void Session::begins(const std::string& phase, double more_s) {
  if (watch_ != nullptr) watch_->begins(phase, more_s);
}
void Session::started() {
  if (watch_ != nullptr) watch_->ends();
}

void Session::close() { world_->close(); }

}  // namespace unmask
