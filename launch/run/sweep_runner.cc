#include "launch/run/sweep_runner.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "dist/agreement.h"
#include "dist/gpus.h"
#include "launch/progress_line.h"
#include "launch/rank_watch.h"
#include "launch/run/chosen_calibration.h"
#include "launch/run/chosen_folder.h"
#include "launch/run/config_resolution.h"
#include "launch/run/init_comparison.h"
#include "launch/run/lease_trainer.h"
#include "launch/run/node_stores.h"
#include "launch/run/running_page.h"
#include "launch/run/trial_briefs.h"
#include "model/train/numerics.h"
#include "sweep/coordinator.h"
#include "sweep/group_worker.h"
#include "sweep/plan/makespan_plan.h"
#include "sweep/run/slices.h"
#include "sweep/run/trial_table.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using EndJob = std::function<void(const std::string&)>;

TrialTableOptions table_options(const RunConfig& config, const RunFolder& folder, StepCounter& counter,
                                ProgressLine& line) {
  TrialTableOptions options;
  options.sweep = sweep_options(config);
  options.seed = config.trial.seed;
  options.select = config.trial.train.select;
  options.val = config.trial.data.val;
  options.slice = slice_of(folder);
  options.max_attempts = config.restart.max_attempts;
  options.brief = [&](const PlannedTrial& planned) { return brief_of(config, planned, counter); };
  options.note = [&](const std::string& text) { line.line(text); };
  return options;
}

CoordinatorOptions coordinator_options(const RunConfig& config, const RunFolder& folder, int ranks, ProgressLine& line,
                                       const EndJob& end_job, const TrialTable& trials, RunningPage& page) {
  CoordinatorOptions options;
  options.score_test = config.sweep && !config.trial.data.test.empty();
  options.one_trial = !config.sweep;
  if (fs::exists(folder.plan())) {
    const SweepOptions sweep = sweep_options(config);
    options.predicted_s = predicted_s(read_text_file(folder.plan(), 1 << 20), sweep.mode, sweep.group_size, ranks);
  }
  options.numerics = config.content.at(kNumerics);
  options.any_numerics = config.trial.runtime.numerics == Numerics::kAny;
  options.timeout_s = config.trial.runtime.timeout_s;
  options.on_stall = end_job;
  options.note = [&](const std::string& text) { line.line(text); };
  options.show = [&](const RunStatus& status, const std::string& text) {
    if (!text.empty()) line.show(text + "  " + duration_text(status.eta_s) + " left");
    page.show(trials.trials(), status);
  };
  return options;
}

/// COLLECTIVE. What may fail on one rank before it can work: the probe, the stores of data.test.
WorkerOptions worker_options(Session& session, const RunConfig& config, const RunFolder& folder,
                             const std::atomic<bool>& stop, const EndJob& end_job,
                             const std::shared_ptr<OpenData>& open) {
  WorkerOptions worker;
  agree(session.world(), "getting ready to train", [&] {
    worker.numerics = run_numerics(config, session.local_rank());
    worker.train = LeaseTrainer(session, config, folder, worker.numerics, open);
  });
  if (resolve_device(config.trial.runtime.device) == Device::kCuda)
    worker.unfit = [rank = session.local_rank()] { return gpu_fault(rank); };
  worker.stop = &stop;
  worker.timeout_s = config.trial.runtime.timeout_s;
  worker.on_silence = end_job;
  return worker;
}

/// Works on leases until the coordinator says that nothing is left.
Quit work(Session& session, RankNetwork& network, const WorkerOptions& worker) {
  try {
    return work_for_coordinator(network, worker);
  } catch (const std::exception& error) {
    // This rank is alone with it: the others may be inside a collective, and a thread may still be talking.
    session.abort(1, error.what());
  }
}

std::string failure_text(const std::vector<SweepTrial>& trials) {
  std::map<std::string, std::vector<int>> by_reason;
  int failed = 0;
  for (const SweepTrial& trial : trials) {
    if (trial.record.state != TrialState::kFailed) continue;
    ++failed;
    by_reason[trial.record.reason].push_back(trial.record.id);
  }
  if (failed == 0) return "";
  std::string text = std::to_string(failed) + " of " + std::to_string(trials.size()) + " trials failed:";
  for (const auto& [reason, ids] : by_reason) {
    text += "\n  " + reason + " (" + (ids.size() == 1 ? "trial" : "trials");
    for (const int id : ids) text += " " + std::to_string(id);
    text += ")";
  }
  return text;
}

/// Chosen trials that could not be scored on data.test.
std::string unscored_text(const std::map<int, Fault>& failures) {
  std::string text;
  for (const auto& [id, fault] : failures)
    text += trial_name(id) + " was chosen, but has no scores on data.test: " + fault.told() + '\n';
  return text.empty() ? "" : text + "The same command tries again";
}

/// The line of results.csv of `unmask train` as people read it.
std::string one_trial_text(const RunFolder& folder) {
  std::istringstream csv(read_text_file(folder.results(), 1 << 20));
  std::string header, line;
  std::getline(csv, header);
  std::getline(csv, line);
  const auto columns = split_csv(header), cells = split_csv(line);
  TextTable table({"", "value"});
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    if (!cells[i].empty()) table.add({columns[i], cells[i]});
  }
  return table.text();
}

/// What stays of a run that came to its end, and what there is to say of it. Rank zero.
SweepOutcome finish(const RunConfig& config, const RunFolder& folder, const TrialTable& trials, int exit_code,
                    const CalibrationPlace& place, const std::atomic<bool>& stop, ProgressLine& line) {
  SweepOutcome outcome{exit_code, "", failure_text(trials.trials())};
  const std::string unscored = unscored_text(trials.test_failures());
  if (!unscored.empty()) outcome.failure += (outcome.failure.empty() ? "" : "\n") + unscored;
  if (config.sweep) {
    outcome.choice = trials.choice_text();
  } else if (outcome.failure.empty() && exit_code == 0) {
    outcome.choice = one_trial_text(folder);
  }
  if (exit_code == static_cast<int>(ErrorKind::kStopped)) return outcome;
  const Note note = [&](const std::string& text) { line.line(text); };
  write_chosen(folder, trials.trials(), note);
  calibrate_chosen(folder, place, stop, note);
  compare_with_init(folder, place, stop, note);
  const std::string won_and_lost = init_comparison_text(folder);
  if (!won_and_lost.empty()) outcome.choice += (outcome.choice.empty() ? "" : "\n\n") + won_and_lost;
  write_model_card(folder, trials.trials(), note);
  if (config.sweep) write_state_dict(folder, note);
  return outcome;
}

}  // namespace

SweepOutcome run_sweep(Session& session, OpenRun* run, const RunConfig& config, const RunFolder& folder,
                       const std::atomic<bool>& stop) {
  const EndJob end_job = [&](const std::string& reason) {
    session.abort(static_cast<int>(ErrorKind::kStopped),
                  reason + ".\nThe job ends; start the same command again: it goes on from the last checkpoints");
  };
  session.begins("looking for GPUs");
  const std::vector<int> gpu_of = gpus_of_ranks(session.world(), config.trial.runtime, session.local_rank());
  RunConfig near = config;  // as this rank reads it
  session.started();        // copies take as long as they take
  near.trial.data.stores = node_stores(session, config).string();
  std::optional<TrialTable> trials;  // on rank zero, like the coordinator
  std::unique_ptr<Coordinator> coordinator;
  ProgressLine line;
  RunningPage page(config, folder, [&](const std::string& text) { line.line(text); });
  const auto open = std::make_shared<OpenData>();
  StepCounter counter(open);
  session.begins("reading the stores");
  session.on_root([&] {
    trials.emplace(table_options(config, folder, counter, line), folder, run->ledger());
    CoordinatorOptions options =
        coordinator_options(config, folder, session.world().world(), line, end_job, *trials, page);
    options.gpu_of = gpu_of;
    coordinator = std::make_unique<Coordinator>(std::move(options), *trials, folder, run->lock(), stop);
    run->record_config();
    return std::string();
  });
  session.begins("probing");
  const WorkerOptions worker = worker_options(session, near, folder, stop, end_job, open);
  session.begins("making the ranks' network");
  const std::unique_ptr<RankNetwork> network = session.network();
  session.started();  // from here on heartbeats tell
  std::thread coordinating;
  if (coordinator) coordinating = std::thread([&] { coordinator->run(*network); });
  const Quit quit = work(session, *network, worker);
  if (coordinating.joinable()) coordinating.join();
  {
    const CloseTimer timer = end_timer(session, config.trial.runtime.timeout_s);
    network->close();
    session.forget_dead();
  }
  if (!quit.error.empty()) throw Error(static_cast<ErrorKind>(quit.exit_code), quit.error);
  SweepOutcome outcome{quit.exit_code, "", ""};
  session.on_root([&] {
    const CalibrationPlace place = {near.trial.data.stores, resolve_device(near.trial.runtime.device),
                                    session.local_rank(), near.trial.runtime.loader_threads};
    outcome = finish(config, folder, *trials, quit.exit_code, place, stop, line);
    return std::string();
  });
  return outcome;
}

}  // namespace unmask
