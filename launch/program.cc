#include "launch/program.h"

#include <sys/prctl.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/host_name.h"
#include "launch/close_timer.h"
#include "launch/start_watch.h"
#include "launch/stop_signals.h"

namespace unmask {
namespace {

constexpr char kVersion[] = "unmask 0.1.0";

/// A launcher that is killed leaves its ranks behind for some seconds, and they would hold their run: they end with it.
void end_with_launcher() {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(::getppid()) + "/comm"), name);
  if (name == "prterun" || name == "prted" || name == "mpirun" || name == "orted") ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void complain(const std::string& who, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", who.c_str(), what.c_str());
}

/// What this rank failed with, and whether all ranks failed alike.
struct Outcome {
  int exit_code = 0;
  std::string message;
  bool shared = true;
};

Outcome run_command(const Command& command, const std::vector<std::string>& arguments, Session& session) {
  try {
    return {command.run(parse_options(command, arguments), session), "", true};
  } catch (const Error& error) {
    return {static_cast<int>(error.kind()), error.what(), true};
  } catch (const std::bad_alloc&) {
    return {1, "out of memory", false};
  } catch (const std::exception& error) {
    return {1, plain_text(error), false};
  }
}

/// scripts/mpirun names a file for the exit code of a job that stopped on request. Ranks end with 0 then: at any other
/// code Open MPI's last words are a banner about processes that failed.
std::string launchers_file() {
  const char* file = std::getenv("UNMASK_EXIT_CODE");
  return file == nullptr ? "" : file;
}
bool launcher_knows(int exit_code) {
  std::string told;
  std::getline(std::ifstream(launchers_file()), told);
  return told == std::to_string(exit_code);
}

/// A rank that hangs, by itself: MPI may be what hangs. The launcher ends the others as it sees this one go.
[[noreturn]] void end_hanging_start(const std::string& who, const std::string& reason) {
  const char* rank = nullptr;
  for (const char* name : {"SLURM_PROCID", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"})
    rank = std::getenv(name) != nullptr ? std::getenv(name) : rank;
  complain(who, std::string(rank != nullptr ? "rank " : "") + (rank != nullptr ? rank : "a rank") + " on " +
                    host_name() + ": " + reason + ".\nThe job ends; start the same command again");
  std::fflush(nullptr);
  ::_exit(static_cast<int>(ErrorKind::kStopped));
}

int run_with_mpi(const Command& command, const std::vector<std::string>& arguments, int argc, char** argv) {
  end_with_launcher();
  std::optional<MpiRuntime> mpi;
  const std::string who = "unmask " + command.name;
  StartWatch watch([&](const std::string& reason) { end_hanging_start(who, reason); });
  watch.begins("starting MPI");
  try {
    mpi.emplace(&argc, &argv);
  } catch (const Error& error) {
    complain(who, error.what());
    return static_cast<int>(error.kind());
  }
  Session session(&*mpi, &watch);
  watch.ends();
  const Outcome outcome = run_command(command, arguments, session);
  const int rank = session.rank();
  const bool alone = session.world().world() == 1;
  if (!outcome.message.empty() && (rank == 0 || !outcome.shared)) {
    complain(outcome.shared || alone ? who : who + ": rank " + std::to_string(rank), outcome.message);
  }
  if (!outcome.shared && !alone) mpi->abort(outcome.exit_code);
  // With dead ranks Open MPI's MPI_Finalize was seen to wait for them for ever;
  // all that the ranks had to agree on is done.
  const bool died = mpi->ranks_died();
  const bool is_stop = outcome.exit_code == static_cast<int>(ErrorKind::kStopped) && outcome.shared && !died;
  if (is_stop && rank == 0) std::ofstream(launchers_file()) << outcome.exit_code << '\n';
  const CloseTimer timer(outcome.exit_code == 0 && !died ? 1 : outcome.exit_code, died ? 3 : kCloseTimeoutS);
  session.close();
  mpi.reset();  // rank zero has told by now
  return is_stop && launcher_knows(outcome.exit_code) ? 0 : outcome.exit_code;
}

bool asks_help(const std::string& word) { return word == "--help" || word == "-h"; }

int run_checked(const std::vector<Command>& commands, int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    std::fputs(program_help(commands).c_str(), stderr);
    return static_cast<int>(ErrorKind::kUsage);
  }
  if (asks_help(words[0]) || words[0] == "help") {
    const bool one = words.size() > 1 && !asks_help(words[1]);
    std::fputs((one ? command_help(find_command(commands, words[1])) : program_help(commands)).c_str(), stdout);
    return 0;
  }
  if (words[0] == "--version") {
    std::printf("%s\n", kVersion);
    return 0;
  }
  const Command& command = find_command(commands, words[0]);
  const std::vector<std::string> arguments(words.begin() + 1, words.end());
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (asks_help(argument)) {
      std::fputs(command_help(command).c_str(), stdout);
      return 0;
    }
  }
  if (command.saves_on_signal) install_stop_signals();
  if (command.uses_mpi) return run_with_mpi(command, arguments, argc, argv);
  Session session(nullptr);
  const Outcome outcome = run_command(command, arguments, session);
  if (!outcome.message.empty()) complain("unmask " + command.name, outcome.message);
  session.close();
  return outcome.exit_code;
}

}  // namespace

int run_program(const std::vector<Command>& commands, int argc, char** argv) {
  try {
    return run_checked(commands, argc, argv);
  } catch (const Error& error) {
    complain("unmask", error.what());
    return static_cast<int>(error.kind());
  } catch (const std::exception& error) {
    complain("unmask", plain_text(error));
    return 1;
  }
}

}  // namespace unmask
