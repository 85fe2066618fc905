#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/durable_file.h"
#include "base/host_name.h"
#include "base/table_text.h"
#include "data/store/crop_store.h"
#include "dist/mpi_runtime.h"
#include "launch/commands/run_command.h"
#include "launch/config/space_config.h"
#include "launch/run/model_path.h"
#include "launch/run/open_run.h"
#include "launch/run/run_check.h"
#include "launch/run/trial_briefs.h"
#include "model/files/safetensors.h"
#include "model/network_shapes.h"
#include "model/train/numerics.h"
#include "sweep/plan/disk_plan.h"
#include "sweep/plan/scheduler.h"
#include "sweep/run/status_file.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

/// A folder that is there: of the run, else the nearest above it, else the one that the program was started in.
fs::path existing_folder(const std::string& run) {
  std::error_code none;
  fs::path folder = run.empty() ? fs::current_path(none) : fs::absolute(run, none).lexically_normal();
  while (!fs::is_directory(folder, none) && folder != folder.root_path()) folder = folder.parent_path();
  return folder;
}

std::string range_text(std::int64_t low, std::int64_t high) {
  return low == high ? std::to_string(low) : std::to_string(low) + " to " + std::to_string(high);
}

/// What one rank can see without the others.
class LoneCheck {
 public:
  LoneCheck(RunConfig config, std::string run, int ranks, Findings& findings)
      : config_(std::move(config)), run_(std::move(run)), ranks_(ranks), findings_(findings) {}

  /// What the job's ranks would be told: precision and the path of the weights resolved.
  const RunConfig& config() const { return config_; }

  std::string text() {
    const std::string stores = check_stores();
    check_machine();
    check_weights();
    compare_with_run();
    count_trials();
    tell_disk();
    return (stores.empty() ? "" : stores + "\n\n") + facts_.text();
  }

 private:
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      findings_.fault(error.kind(), error.what());
    }
  }

  std::string check_stores() {
    const DataOptions& data = config_.trial.data;
    std::map<std::string, std::set<Split>> wanted;
    for (const auto& datasets : train_sets(config_)) {
      for (const std::string& dataset : datasets) wanted[dataset].insert(Split::kTrain);
    }
    for (const std::string& dataset : data.val) wanted[dataset].insert(Split::kVal);
    for (const std::string& dataset : data.test) wanted[dataset].insert(Split::kTest);
    std::vector<StoreCensus> stores;
    for (const auto& [dataset, splits] : wanted) {
      for (const Split split : {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest}) {
        const fs::path file = fs::path(data.stores) / dataset / (to_word(split) + ".crops");
        std::error_code none;
        if (!splits.contains(split) && !fs::exists(file, none)) continue;
        guarded([&] { stores.push_back(census(file, dataset, split)); });
      }
    }
    judge_splits(stores, findings_);
    return stores.empty() ? "" : stores_table(stores);
  }

  static StoreCensus census(const fs::path& file, const std::string& dataset, Split split) {
    StoreCensus census;
    census.dataset = dataset;
    census.split = split;
    const CropStore store(file);
    for (std::size_t row = 0; row < store.size(); ++row) census.add(store.frame(row));
    return census;
  }

  void check_machine() {
    guarded([&] {
      resolve_arithmetic(config_);
      facts_.add({"computes with",
                  to_word(resolve_device(config_.trial.runtime.device)) + ", " + arithmetic_text(config_.trial.train)});
    });
  }

  void check_weights() {
    std::string& init = config_.trial.model.init;
    if (init == "random") return facts_.add({"model.init", "random weights"});
    guarded([&] {
      init = find_model(init).string();
      const SafetensorsFile file(init, SafetensorsFile::Digest::kIfPresent);
      const NetworkShapes shapes = network_shapes(config_.trial.model);
      for (std::size_t i = 0; i < shapes.head; ++i) {
        if (file.find(shapes.parameters[i].name) != nullptr) continue;
        throw Error(ErrorKind::kData, "model.init: " + init + ": holds no " +
                                          to_word(config_.trial.model.architecture) + " (no tensor " +
                                          shapes.parameters[i].name + "); make one with `unmask import`");
      }
      facts_.add({"model.init", init + ", " + std::to_string(file.tensors().size()) + " tensors"});
    });
  }

  /// A run that is there already: its trials, and whether this config may go on with it.
  void compare_with_run() {
    const RunFolder folder(run_);
    std::error_code none;
    if (run_.empty() || !fs::exists(folder.config(), none)) return;
    guarded([&] {
      RunConfig now = config_;
      const RunConfig recorded =
          read_run_config(read_text_file(folder.config(), 1 << 20), folder.config().string(), {}, ConfigFor::kEither);
      if (recorded.sweep.has_value() != now.sweep.has_value())
        throw Error(ErrorKind::kUsage, run_ + ": holds a run of `unmask " + (recorded.sweep ? "sweep" : "train") +
                                           "`, the config is one of `unmask " + (now.sweep ? "sweep" : "train") + "`");
      resolve_arithmetic(now, &recorded);
      now.content = content_digests(now);
      now.content[kNumerics] = run_numerics(now, /*local_rank=*/0);
      const std::vector<std::string> difference = identity_difference(recorded, now);
      if (difference.empty()) return;
      std::string text = run_ + ": holds a run of another experiment:";
      for (const std::string& line : difference) text += "\n         " + line;
      throw Error(ErrorKind::kUsage, text + "\n         choose another --run folder, or set these back");
    });
    guarded([&] {
      if (!fs::exists(folder.status(), none)) return;
      const RunStatus status = read_status(folder);
      std::string states;
      for (const auto& [state, count] : status.trials) states += " " + std::to_string(count) + " " + state;
      facts_.add({"run", run_ + ": " + status.run_state + "; trials:" + states});
    });
  }

  void count_trials() {
    const SweepOptions options = sweep_options(config_);
    trials_ = plan_sweep(options, config_.trial.seed, {}).trials;
    StepCounter counter;
    std::int64_t fewest = 0, most = 0;
    int least_epochs = 0, most_epochs = 0, least_microbatches = 0, most_microbatches = 0, briefed = 0, undrawn = 0;
    std::map<std::string, std::pair<ErrorKind, std::vector<int>>> failures;
    for (const PlannedTrial& trial : trials_) {
      if (!trial.drawn) ++undrawn;
      try {
        const TrialBrief brief = brief_of(config_, trial, counter);
        const auto widen = [&](auto& low, auto& high, auto value) {
          low = briefed == 0 ? value : std::min(low, value);
          high = briefed == 0 ? value : std::max(high, value);
        };
        widen(fewest, most, brief.steps());
        widen(least_epochs, most_epochs, brief.epochs);
        widen(least_microbatches, most_microbatches, brief.microbatches);
        ++briefed;
      } catch (const Error& error) {
        auto& [kind, ids] = failures[error.what()];
        kind = error.kind();
        ids.push_back(trial.id);
      }
    }
    for (const auto& [what, failed] : failures) {
      const auto& [kind, ids] = failed;
      findings_.fault(kind, std::to_string(ids.size()) + " of " + std::to_string(trials_.size()) +
                                " trials can't start (trial " + std::to_string(ids.front()) +
                                (ids.size() > 1 ? ", …): " : "): ") + what);
    }
    facts_.add(
        {"trials", std::to_string(trials_.size()) + (config_.sweep ? ", sampler " + to_word(resolved_sampler(options)) +
                                                                         ", mode " + to_word(options.mode)
                                                                   : "")});
    if (undrawn > 0)
      facts_.add({"", std::to_string(undrawn) + " of them are drawn later (tpe): counted as the config has it"});
    if (briefed == 0) return;
    facts_.add({"epochs a trial", range_text(least_epochs, most_epochs)});
    facts_.add({"steps a trial", range_text(fewest, most)});
    facts_.add({"microbatches a step",
                range_text(least_microbatches, most_microbatches) + ": the most ranks that help a trial"});
    const int useful = useful_group_size(most_microbatches, ranks_);
    facts_.add({"largest useful group",
                std::to_string(useful) + " of " + std::to_string(ranks_) + (ranks_ == 1 ? " rank" : " ranks")});
    if (options.mode == SweepMode::kConcurrent && options.group_size > most_microbatches)
      findings_.warn("sweep.group_size = " + std::to_string(options.group_size) + ": no trial has more than " +
                     std::to_string(most_microbatches) + " microbatches a step; smaller groups are granted");
    if (options.mode != SweepMode::kElastic && useful < ranks_ &&
        (!config_.sweep || options.mode == SweepMode::kSequential))
      findings_.warn(std::to_string(ranks_ - useful) + " of " + std::to_string(ranks_) +
                     " ranks will be idle: one trial at a time uses " + std::to_string(useful));
  }

  void tell_disk() {
    const SweepOptions options = sweep_options(config_);
    const ModelOptions model = largest_model(config_);
    const DiskDemand demand = disk_demand(options, ranks_, static_cast<int>(trials_.size()),
                                          static_cast<int>(train_sets(config_).size()), model);
    const auto needed = static_cast<double>(sweep_disk_bytes(demand));
    const fs::path folder = existing_folder(run_);
    std::error_code error;
    const fs::space_info space = fs::space(folder, error);
    const double free = error ? -1 : static_cast<double>(space.available);
    facts_.add({"disk at most",
                bytes_text(needed) + " with " + std::to_string(std::min(demand.running, demand.trials)) +
                    " running (a checkpoint: " + bytes_text(static_cast<double>(checkpoint_bytes(model))) + ")"});
    facts_.add({"disk free", (error ? error.message() : bytes_text(free)) + " in " + folder.string()});
    if (!error && free < needed)
      findings_.warn(folder.string() + ": " + bytes_text(free) + " are free, but the run takes up to " +
                     bytes_text(needed) + " at once; choose another --run folder, or fewer trials at once");
  }

  RunConfig config_;
  std::string run_;
  int ranks_;
  Findings& findings_;
  TextTable facts_{{"fact", "value"}};
  std::vector<PlannedTrial> trials_;
};

std::vector<int> allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

/// What the driver tells of itself; no library is asked.
std::string gpus_text() {
  std::error_code none;
  const fs::directory_iterator gpus("/proc/driver/nvidia/gpus", none);
  const auto count = none ? 0 : std::distance(begin(gpus), end(gpus));
  if (count == 0) return "no GPU";
  std::string line, word, version = "?";
  std::ifstream file("/proc/driver/nvidia/version");
  while (file >> word) {  // "… Kernel Module  550.54.15  …"
    if (word.find('.') == std::string::npos || word.find_first_not_of("0123456789.") != std::string::npos) continue;
    version = word;
    break;
  }
  return std::to_string(count) + " of the host, driver " + version;
}

/// How far this rank's clock is ahead of rank zero's. COLLECTIVE. The closest of several looks: a barrier lets ranks go
/// at slightly different times.
double clock_ahead_s(Communicator& world) {
  double closest = 0;
  for (int look = 0; look < 5; ++look) {
    world.barrier();
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    char text[64];
    std::snprintf(text, sizeof text, "%.6f", now);
    const double ahead = now - std::stod(broadcast_text(world, text));
    if (look == 0 || std::abs(ahead) < std::abs(closest)) closest = ahead;
  }
  return closest;
}

/// Two processes must not both hold a lock of one file. COLLECTIVE.
void try_locks(Communicator& world, const fs::path& folder, RankFacts& facts) {
  fs::path file = folder / (".unmask-check-" + std::to_string(::getpid()));
  int fd = -1;
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  if (world.rank() == 0) {
    fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool locked = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fcntl(fd, F_SETLK, &range) == 0;
    facts.got_flock = facts.got_fcntl = locked;
    facts.sees_file = fd >= 0;
  }
  file = broadcast_text(world, file.string());  // after rank zero has its locks
  if (world.rank() != 0) {
    fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    facts.sees_file = fd >= 0;
    facts.got_flock = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    facts.got_fcntl = fd >= 0 && ::fcntl(fd, F_SETLK, &range) == 0;
  }
  world.barrier();  // rank zero holds its locks until all have tried
  if (fd >= 0) ::close(fd);
  if (world.rank() == 0) ::unlink(file.c_str());
}

/// Megabytes a second of an all-reduce of 4 MiB: the median of several. COLLECTIVE.
double all_reduce_rate(Communicator& world) {
  constexpr std::size_t kBytes = 4 << 20;
  std::vector<std::int64_t> values(kBytes / sizeof(std::int64_t), 1);
  std::vector<double> seconds;
  for (int round = 0; round < 9; ++round) {
    world.barrier();
    const auto start = Clock::now();
    world.all_reduce_sum(values);
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + 4, seconds.end());
  return static_cast<double>(kBytes) / 1e6 / seconds[4];
}

/// What only several ranks can see. COLLECTIVE.
void check_ranks(Session& session, const RunConfig& config, const std::string& run, Findings& findings) {
  Communicator& world = session.world();
  const fs::path folder = broadcast_text(world, existing_folder(run).string());
  RankFacts mine;
  mine.rank = session.rank();
  mine.host = host_name();
  mine.cores = allowed_cores();
  mine.gpus = gpus_text();
  try {
    mine.numerics = run_numerics(config, session.local_rank());
  } catch (const Error& error) {  // this rank's alone, perhaps
    mine.numerics = error.what();
  }
  mine.clock_ahead_s = clock_ahead_s(world);
  try_locks(world, folder, mine);
  const double rate = all_reduce_rate(world);
  std::vector<RankFacts> all;
  for (const std::string& text : all_gather_text(world, mine.text())) all.push_back(RankFacts::from(text));
  if (!session.speaks()) return;
  char speed[32];
  std::snprintf(speed, sizeof speed, "%.0f", rate);
  session.print("\n" + ranks_table(all));
  session.print("MPI: " + mpi_library() + ", MPI_THREAD_MULTIPLE; all-reduce of 4 MiB over " +
                std::to_string(all.size()) + " ranks: " + speed + " MB/s");
  session.print("numerics: " + all.front().numerics);
  RankFacts& root = all.front();
  if (!root.sees_file) {
    findings.fault(ErrorKind::kUsage, folder.string() + ": no file can be made there; choose another --run folder");
  } else {
    if (!root.got_flock)
      findings.warn(folder.string() +
                    ": its file system has no flock or fcntl locks; a run is guarded by its lease alone");
    root.got_flock = root.got_fcntl = false;  // the locks are its own
    judge_ranks(all, config.trial.train.threads_per_rank, folder.string(), findings);
  }
}

int run(const ParsedOptions& parsed, Session& session) {
  const std::string folder = parsed.count("run") > 0 ? parsed["run"].as<std::string>() : "";
  Findings findings;
  // Rank zero reads and checks; the others get the resolved text, as in a run.
  const std::string resolved = session.on_root([&] {
    const std::string file = parsed["CONFIG"].as<std::string>();
    const int ranks = parsed.count("ranks") > 0 ? parsed["ranks"].as<int>() : session.world().world();
    if (ranks < 1) throw Error(ErrorKind::kUsage, "--ranks must be >= 1");
    LoneCheck check(read_run_config(read_config_file(file), file, overrides_of(parsed), ConfigFor::kEither), folder,
                    ranks, findings);
    session.print(file + ": a config of `unmask " + (check.config().sweep ? "sweep" : "train") +
                  "`, all keys are valid\n");
    session.print(check.text());
    return resolved_toml(check.config());
  });
  const RunConfig config = read_run_config(resolved, "resolved config", {}, ConfigFor::kEither);
  if (session.world().world() > 1) check_ranks(session, config, folder, findings);
  return std::stoi(session.on_root([&] {
    session.print("\n" + (findings.text().empty() ? "no fault found" : findings.text()));
    return std::to_string(findings.exit_code());
  }));
}

}  // namespace

Command check_command() {
  Command command;
  command.name = "check";
  command.summary = "looks for what would go wrong, before a job is queued";
  command.usage = "CONFIG [--run DIR] [--ranks N] [--set KEY=VALUE]...";
  command.examples =
      "  unmask check configs/sweep_published.toml --run runs/published --ranks 16     on a login node\n"
      "  mpirun -n 16 unmask check configs/sweep_published.toml --run runs/published   in the allocation\n";
  command.notes =
      "Alone: keys, stores, splits (a video or a target identity in two of them), steps, weights, disk. With several "
      "ranks\n"
      "also: cores, GPUs, MPI, speed of an all-reduce, equal numerics, file locks and clocks. Nothing is trained, and "
      "nothing\n"
      "is left in DIR. Exit code 0: no fault (there may be warnings), 2: the config must be changed, 3: the data.\n";
  add_run_options(command);
  command.saves_on_signal = false;
  command.options.add_options()("ranks", po::value<int>(), "ranks of the job (else those of this start)");
  command.run = run;
  return command;
}

}  // namespace unmask
