#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/host_name.h"
#include "base/number_text.h"
#include "base/seconds_since.h"
#include "base/table_text.h"
#include "dist/agreement.h"
#include "launch/commands/run_command.h"
#include "launch/config/space_config.h"
#include "launch/progress_line.h"
#include "launch/run/model_path.h"
#include "launch/run/open_run.h"
#include "launch/run/run_check.h"
#include "launch/run/trial_briefs.h"
#include "launch/stop_signals.h"
#include "model/train/numerics.h"
#include "model/train/trainer.h"
#include "model/train/trial_data.h"
#include "sweep/plan/disk_plan.h"
#include "sweep/plan/makespan_plan.h"
#include "sweep/plan/scheduler.h"
#include "sweep/run/status_file.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using Clock = std::chrono::steady_clock;

constexpr int kStepsTimed = 6, kStepsDiscarded = 2;
constexpr int kSlotsTimed = 4;  // microbatches a rank at most: a step costs its own share beside theirs

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// A folder for checkpoints that nobody wants; gone with the object.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path_(fs::temp_directory_path() / ("unmask-plan-" + std::to_string(::getpid()) + "-" + name)) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Steps as they come, without the first ones.
class StepWatch : public TrainObserver {
 public:
  StepWatch(double images, int discarded) : images_(images), discarded_(discarded) {}
  void on_step(const StepNews& news) override {
    const double step_s = images_ / news.images_per_s;
    if (news.step == 1) first_step_began_s_ = seconds_since(started_) - step_s;
    ended_ = Clock::now();
    if (news.step <= discarded_) return;
    steps_s.push_back(step_s);
    forward_s.push_back(news.forward_s);
  }
  double start_s() const { return std::max(0.0, first_step_began_s_); }
  double since_last_step_s() const { return seconds_since(ended_); }

  std::vector<double> steps_s, forward_s;

 private:
  double images_;
  int discarded_;
  double first_step_began_s_ = 0;
  Clock::time_point started_ = Clock::now(), ended_ = started_;
};

/// What a group measured.
struct GroupTiming {
  StepTiming step;
  double scored_image_s = 0, save_s = 0, start_s = 0;
};

/// A few steps on `group`. COLLECTIVE.
GroupTiming time_steps(TrialOptions options, Communicator& group, const Session& session, int size) {
  if (options.train.microbatch_size > 0) {
    options.train.global_batch_size =
        std::min(options.train.global_batch_size, kSlotsTimed * size * options.train.microbatch_size);
  }
  options.data.test.clear();
  std::int64_t images = 0, steps_per_epoch = 0;
  agree(group, "timing", [&] {
    const TrialData data(options);
    images = data.batch_samples(0);
    steps_per_epoch = data.steps_per_epoch();
  });
  // Below the end of an epoch nothing is scored.
  const auto steps = static_cast<int>(std::clamp<std::int64_t>(steps_per_epoch - 1, 1, kStepsTimed));
  StepWatch watch(static_cast<double>(images), std::min(kStepsDiscarded, steps - 1));
  const TemporaryFolder folder(std::to_string(size));
  LeaseContext context;
  context.trial_dir = folder.path();
  context.identity = "timing";
  context.until_step = steps;
  context.local_world = session.local_world();
  context.local_rank = session.local_rank();
  context.observer = &watch;
  context.stop = &install_stop_signals();  // so that the folder is removed
  run_lease(options, group, context);
  GroupTiming timing;
  timing.save_s = watch.since_last_step_s();
  timing.start_s = watch.start_s();
  const auto microbatches = static_cast<int>(plan_microbatches(images, options.train.microbatch_size).size());
  timing.step = {size, microbatches, median(watch.steps_s), static_cast<double>(images)};
  const int slots = (microbatches + size - 1) / size;
  timing.scored_image_s = median(watch.forward_s) * microbatches / (static_cast<double>(images) * slots);
  return timing;
}

/// As many groups of a size as there are ranks for, all at once, as in a sweep: they share memory and network.
/// COLLECTIVE.
MachineTiming time_machine(Session& session, const TrialOptions& options, const std::vector<int>& sizes) {
  MachineTiming machine;
  std::vector<double> scored, saves, starts;
  const std::unique_ptr<RankNetwork> network = session.network();
  const int world = session.world().world(), rank = session.rank();
  ProgressLine line;
  for (const int size : sizes) {
    if (session.speaks()) line.show("timing groups of " + std::to_string(size) + (size == 1 ? " rank" : " ranks"));
    std::string mine;
    agree(session.world(), "timing", [&] {
      const int first = rank / size * size;
      if (first + size > world) return;  // left over
      std::vector<int> members;
      for (int member = first; member < first + size; ++member) members.push_back(member);
      const auto group = network->make_group(members, size);
      const GroupTiming timing = time_steps(options, *group, session, size);
      group->close();
      if (rank != first) return;
      mine = nlohmann::json{timing.step.microbatches, timing.step.step_s, timing.step.images,
                            timing.scored_image_s,    timing.save_s,      timing.start_s}
                 .dump();
    });
    agree(session.world(), "timing", [] {
      if (install_stop_signals().load()) throw Error(ErrorKind::kStopped, "stopped on request; nothing was written");
    });
    for (const std::string& text : all_gather_text(session.world(), mine)) {
      if (text.empty()) continue;
      const auto json = nlohmann::json::parse(text);
      machine.steps.push_back({size, json[0].get<int>(), json[1].get<double>(), json[2].get<double>()});
      scored.push_back(json[3].get<double>());
      saves.push_back(json[4].get<double>());
      starts.push_back(json[5].get<double>());
    }
  }
  network->close();
  machine.scored_image_s = median(scored);
  // What was timed is a checkpoint without best weights, three times the size of the model; checkpoints at an epoch's
  // end are written while training goes on.
  machine.epoch_end_s = median(saves) / 3;
  machine.lease_cost_s = median(starts);
  return machine;
}

/// The numbers of one line of a trial's timing.csv by column; empty for a damaged line.
std::map<std::string, double> numbers_of(const std::vector<std::string>& columns, const std::string& line) {
  std::map<std::string, double> numbers;
  const auto cells = split_csv(line);
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    double value = 0;
    const char* end = cells[i].data() + cells[i].size();
    if (std::from_chars(cells[i].data(), end, value).ptr != end) return {};
    numbers[columns[i]] = value;
  }
  return cells.size() == columns.size() ? numbers : std::map<std::string, double>();
}

/// What the epochs of a former run took.
MachineTiming timing_of_run(const RunFolder& run) {
  MachineTiming machine;
  std::vector<double> scored, ends;
  StepCounter counter;
  for (const auto& trial : fs::directory_iterator(run.trials())) {
    const fs::path csv = trial.path() / "timing.csv", toml = trial.path() / "config.toml";
    if (!fs::exists(csv) || !fs::exists(toml)) continue;
    const RunConfig config = read_run_config(read_text_file(toml, 1 << 20), toml.string(), {}, ConfigFor::kEither);
    PlannedTrial alone;
    const TrialBrief brief = brief_of(config, alone, counter);
    std::istringstream lines(read_text_file(csv, 64 << 20));
    std::string line;
    std::getline(lines, line);
    const auto columns = split_csv(line);
    while (std::getline(lines, line)) {
      auto row = numbers_of(columns, line);
      if (row["steps"] <= 0 || row["ranks"] <= 0) continue;
      const int ranks = static_cast<int>(row["ranks"]);
      const double steps_s =
          row["load_s"] + row["forward_s"] + row["backward_s"] + row["exposed_s"] + row["optimizer_s"];
      const auto images = static_cast<double>(brief.images);
      machine.steps.push_back({ranks, brief.microbatches, steps_s / row["steps"], images});
      const double slots = (brief.microbatches + ranks - 1) / ranks;
      scored.push_back(row["forward_s"] / row["steps"] * brief.microbatches / (images * slots));
      ends.push_back(
          std::max(0.0, row["epoch_s"] - steps_s - static_cast<double>(brief.scored_images) * scored.back() / ranks));
    }
  }
  if (machine.steps.empty())
    throw Error(ErrorKind::kUsage,
                run.root().string() + ": no trials/*/timing.csv with a whole epoch; give a CSV file");
  machine.scored_image_s = median(scored);
  machine.epoch_end_s = median(ends);
  return machine;
}

MachineTiming read_timing(const std::string& path) {
  if (fs::is_directory(path)) return timing_of_run(RunFolder(path));
  MachineTiming machine;
  machine.steps = timings_from_csv(read_text_file(path, 1 << 20), path);
  return machine;
}

std::string timing_table(const MachineTiming& timing) {
  TextTable table({"ranks", "microbatches", "step s", "images/s"});
  for (const StepTiming& its : medians(timing.steps)) {
    table.add({std::to_string(its.ranks), std::to_string(its.microbatches), fixed_text(its.step_s, 3),
               its.images > 0 ? fixed_text(its.images / its.step_s, 1) : "-"});
  }
  return table.text();
}

/// What rank zero reads of the config.
struct PlannedSweep {
  RunConfig config;
  std::vector<TrialWork> work;
  std::string timed_config;  // of the trial whose steps are timed
  int most_microbatches = 1;
};

PlannedSweep read_sweep(RunConfig config) {
  TrialOptions& trial = config.trial;
  resolve_arithmetic(config);
  if (trial.model.init != "random") trial.model.init = find_model(trial.model.init).string();
  PlannedSweep planned;
  StepCounter counter;
  double least = 0;
  std::string failure;
  for (const PlannedTrial& its : plan_sweep(sweep_options(config), trial.seed, {}).trials) {
    try {
      const TrialBrief brief = brief_of(config, its, counter);
      TrialWork work{its.id,
                     brief.microbatches,
                     static_cast<double>(brief.images),
                     brief.steps_per_epoch,
                     brief.epochs,
                     static_cast<double>(brief.scored_images)};
      // The one that is timed soonest; of those the one that most ranks help.
      const double microbatch = work.images / work.microbatches;
      if (planned.work.empty() ||
          std::make_pair(microbatch, -work.microbatches) < std::make_pair(least, -planned.most_microbatches)) {
        least = microbatch;
        planned.timed_config = brief.config;
      }
      planned.most_microbatches = std::max(planned.most_microbatches, work.microbatches);
      planned.work.push_back(work);
    } catch (const Error& error) {
      if (planned.work.empty() && failure.empty()) failure = error.what();
    }
  }
  if (planned.work.empty()) throw Error(ErrorKind::kData, "no trial can start: " + failure);
  planned.config = std::move(config);
  return planned;
}

int run(const ParsedOptions& parsed, Session& session) {
  const int world = session.world().world();
  PlannedSweep planned;
  int ranks = parsed.count("ranks") > 0 ? parsed["ranks"].as<int>() : world;
  if (ranks < 1 || ranks > 1000000) throw Error(ErrorKind::kUsage, "--ranks must be in [1, 1000000]");
  MachineTiming timing;
  // Rank zero reads; what all need to time steps comes as text.
  const std::string timed = session.on_root([&] {
    const std::string file = parsed["CONFIG"].as<std::string>();
    planned = read_sweep(read_run_config(read_config_file(file), file, overrides_of(parsed), ConfigFor::kEither));
    if (parsed.count("timing") > 0) {
      timing = read_timing(parsed["timing"].as<std::string>());
      return std::string();
    }
    return nlohmann::json{{"config", planned.timed_config},
                          {"sizes", useful_sizes(planned.most_microbatches, std::min(ranks, world))}}
        .dump();
  });
  if (!timed.empty()) {
    const auto json = nlohmann::json::parse(timed);
    const RunConfig config = read_run_config(json["config"].get<std::string>(), "config", {}, ConfigFor::kTrain);
    timing = time_machine(session, config.trial, json["sizes"].get<std::vector<int>>());
  }
  session.on_root([&] {
    std::vector<ModePrediction> predictions = predict_modes(planned.work, timing, ranks);
    // `unmask train` has one mode.
    if (!planned.config.sweep)
      std::erase_if(predictions, [](const auto& its) { return its.mode != SweepMode::kSequential; });
    const ModePrediction& best = best_mode(predictions);
    SweepOptions options = sweep_options(planned.config);
    session.print(timing_table(timing));
    session.print("an image is scored in " +
                  (timing.scored_image_s < 0 ? "a third of its share of a step"
                                             : fixed_text(1000 * timing.scored_image_s, 2) + " ms") +
                  " on one rank, an epoch's end takes " + fixed_text(timing.epoch_end_s, 2) +
                  " s beside, the start of a lease " + fixed_text(timing.lease_cost_s, 2) + " s\n");
    session.print(std::to_string(planned.work.size()) + " trials from their first step on " + std::to_string(ranks) +
                  (ranks == 1 ? " rank" : " ranks") +
                  (options.stop == StoppingRule::kNone ? "" : "; a stopping rule makes it shorter"));
    session.print(predictions_table(predictions) + "\n");
    const std::string mode =
        to_word(best.mode) +
        (best.mode == SweepMode::kConcurrent ? ", group_size " + std::to_string(best.group_size) : "");
    options.mode = best.mode;
    options.group_size = best.group_size;
    const DiskDemand disk =
        disk_demand(options, ranks, static_cast<int>(planned.work.size()),
                    static_cast<int>(train_sets(planned.config).size()), largest_model(planned.config));
    session.print("best: " + mode + "; ask Slurm for --ntasks=" + std::to_string(ranks) +
                  " --time=" + slurm_time(best.makespan_s) + " (predicted × 1.2 + 5 min); disk at most " +
                  bytes_text(static_cast<double>(sweep_disk_bytes(disk))));
    if (parsed.count("run") > 0) {
      const RunFolder folder(parsed["run"].as<std::string>());
      fs::create_directories(folder.root());
      write_file_durably(folder.plan(), plan_json({ranks, static_cast<int>(planned.work.size()), host_name(),
                                                   run_numerics(planned.config, 0), utc_now()},
                                                  predictions));
      session.print("written to " + folder.plan().string() + ": `unmask status` shows it beside what the run took");
    }
    return std::string();
  });
  return 0;
}

}  // namespace

Command plan_command() {
  Command command;
  command.name = "plan";
  command.summary = "predicts how long a sweep takes, by mode and group size";
  command.usage = "CONFIG [--ranks N] [--run DIR] [--timing FILE|RUN] [--set KEY=VALUE]...";
  command.examples =
      "  mpirun -n 16 unmask plan configs/sweep_published.toml --run runs/published\n"
      "  unmask plan configs/sweep_published.toml --ranks 64 --timing runs/former\n"
      "  unmask plan configs/sweep_published.toml --ranks 64 --timing steps.csv       ranks,microbatches,step_s\n";
  command.notes =
      "Times a few steps at each group size that the ranks of this start allow, in a temporary folder, or reads the "
      "times of a\n"
      "former run or a file; sizes that were not timed are extrapolated by the most microbatches on one rank. With "
      "--run "
      "the\n"
      "prediction is written to DIR/plan.json, which makes no run of DIR; `unmask sweep` on as many ranks shows it.\n";
  add_run_options(command);
  command.options.add_options()("ranks", po::value<int>(), "ranks of the job (else those of this start)")(
      "timing", po::value<std::string>(), "times instead of steps: a CSV file, or the folder of a former run");
  command.run = run;
  return command;
}

}  // namespace unmask
