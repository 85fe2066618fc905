#include "launch/run/sweep_runner.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/store/sample_list.h"
#include "launch/close_timer.h"
#include "launch/progress_line.h"
#include "launch/run/converter_python.h"
#include "launch/run/node_stores.h"
#include "launch/run/trial_briefs.h"
#include "model/files/weight_conversion.h"
#include "model/score/evaluator.h"
#include "model/train/numerics.h"
#include "model/train/trainer.h"
#include "sweep/coordinator.h"
#include "sweep/group_worker.h"
#include "sweep/plan/makespan_plan.h"
#include "sweep/run/slices.h"
#include "sweep/run/trial_log.h"
#include "sweep/run/trial_table.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// Works on leases of one run.
class LeaseTrainer {
 public:
  /// `sweep`: with the stores that are near (node_stores). `numerics`: of this rank.
  LeaseTrainer(Session& session, RunConfig sweep, const RunFolder& folder, std::string numerics)
      : session_(session), sweep_(std::move(sweep)), folder_(folder), numerics_(std::move(numerics)) {}

  LeaseResult operator()(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                         const std::atomic<bool>& stop) const {
    try {
      return order.score_test ? score_test(order, group, observer) : train(order, group, observer, stop);
    } catch (const Error& error) {
      if (error.fault().rank == group.rank()) write_rank_log(order, group.rank(), error.what());
      throw;
    }
  }

 private:
  RunConfig config_of(const LeaseOrder& order) const {
    RunConfig config = read_run_config(order.config, "the trial's config", {}, ConfigFor::kTrain);
    config.trial.data.stores = sweep_.trial.data.stores;
    return config;
  }

  LeaseResult train(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                    const std::atomic<bool>& stop) const {
    const RunConfig config = config_of(order);
    LeaseContext context;
    context.trial_dir = folder_.trial(order.trial);
    context.identity = identity_text(config);
    context.attempt = order.attempt;
    context.until_step = order.until_step;
    context.stop = &stop;
    context.local_world = session_.local_world();
    context.local_rank = session_.local_rank();
    context.numerics = numerics_;
    context.observer = &observer;
    if (group.rank() != 0) return run_lease(config.trial, group, context);
    TrialLog log(folder_, order, config.trial.train.epochs, observer);
    context.observer = &log;
    try {
      const LeaseResult result = run_lease(config.trial, group, context);
      log.close("lease " + std::to_string(order.lease) + " ended at step " + std::to_string(result.step));
      return result;
    } catch (const std::exception& error) {
      log.close(std::string("failed: ") + error.what());
      throw;
    }
  }

  LeaseResult score_test(const LeaseOrder& order, Communicator& group, TrainObserver& observer) const {
    const RunConfig config = config_of(order);
    const ScoreOptions options{config.trial.train.threads_per_rank, resolve_device(config.trial.runtime.device),
                               session_.local_rank()};
    LeaseResult result;
    for (const std::string& dataset : sweep_.trial.data.test) {
      const SampleList samples(config.trial.data.stores, std::span(&dataset, 1), Split::kTest);
      result.test.push_back(score_dataset(folder_.best_model(order.trial), dataset, samples, group, options,
                                          [&] { observer.on_progress("scoring"); }));
    }
    return result;
  }

  /// The rank that met a fault leaves it in a file of its own.
  void write_rank_log(const LeaseOrder& order, int group_rank, const std::string& fault) const {
    const int world_rank = order.members.at(static_cast<std::size_t>(group_rank));
    std::error_code ignored;
    fs::create_directories(folder_.trial(order.trial), ignored);
    std::ofstream(folder_.rank_log(order.trial, world_rank), std::ios::app)
        << utc_now() << " attempt " << order.attempt << ", lease " << order.lease << ", rank " << group_rank << " of "
        << order.members.size() << " in its group: " << fault << '\n';
  }

  Session& session_;
  RunConfig sweep_;
  const RunFolder& folder_;
  std::string numerics_;
};

std::string failure_text(const std::vector<SweepTrial>& trials) {
  std::map<std::string, std::vector<int>> by_reason;
  int failed = 0;
  for (const SweepTrial& its : trials) {
    if (its.record.state != TrialState::kFailed) continue;
    ++failed;
    by_reason[its.record.reason].push_back(its.record.id);
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

fs::path chosen_state_dict(const RunFolder& folder) { return folder.chosen() / "model.pth"; }

bool holds(const fs::path& file, std::span<const std::byte> bytes) {
  return fs::exists(file) && std::ranges::equal(MappedFile(file).bytes(), bytes);
}

/// RUN/chosen: the model that stands for the run, its config, its scores. Nothing if no trial has a result.
void write_chosen(const RunFolder& folder, const std::vector<SweepTrial>& trials) {
  const std::optional<int> id = sweep_choice(ranked(trials));
  if (!id) return;
  const auto& chosen = *std::ranges::find(trials, *id, [](const SweepTrial& its) { return its.record.id; });
  fs::create_directories(folder.chosen());
  const MappedFile model(folder.best_model(*id));
  if (!holds(folder.chosen_model(), model.bytes())) {
    fs::remove(chosen_state_dict(folder));
    DurableFile copy(folder.chosen_model(), "chosen");
    copy.write(model.bytes());
    copy.commit();
  }
  write_file_durably(folder.chosen() / "config.toml", chosen.brief.config);
  write_file_durably(folder.chosen() / "scores.json", results_jsonl({chosen}));
}

/// The chosen model as PyTorch reads it. A convenience: `note` tells where it can't be made.
void write_state_dict(const RunFolder& folder, const std::function<void(const std::string&)>& note) {
  const fs::path state_dict = chosen_state_dict(folder);
  if (!fs::exists(folder.chosen_model()) || fs::exists(state_dict)) return;
  try {
    const auto python = converter_python();
    if (!python) throw Error(ErrorKind::kFailed, "there is no .venv beside the program, and no UNMASK_PYTHON");
    export_weights(*python, folder.chosen_model(), state_dict);
  } catch (const Error& error) {
    note(state_dict.string() + " was not made: " + error.what());
  }
}

}  // namespace

SweepOutcome run_sweep(Session& session, OpenRun* run, const RunConfig& config, const RunFolder& folder,
                       const std::atomic<bool>& stop) {
  const auto end_job = [&](const std::string& reason) {
    session.abort(static_cast<int>(ErrorKind::kStopped),
                  reason + ".\nThe job ends; start the same command again: it goes on from the last checkpoints");
  };
  require_own_gpu(session.world(), config.trial.runtime.device, session.local_rank());
  const fs::path stores = node_stores(session, config);
  std::optional<TrialTable> trials;  // on rank zero, like the coordinator
  std::unique_ptr<Coordinator> coordinator;
  ProgressLine line;
  StepCounter counter;
  session.on_root([&] {
    TrialTableOptions plan;
    plan.sweep = sweep_options(config);
    plan.seed = config.trial.seed;
    plan.select = config.trial.train.select;
    plan.val = config.trial.data.val;
    plan.slice = slice_of(folder);
    plan.max_attempts = config.restart.max_attempts;
    plan.brief = [&](const PlannedTrial& planned) { return brief_of(config, planned, counter); };
    plan.note = [&](const std::string& text) { line.line(text); };
    trials.emplace(plan, folder, run->ledger());
    CoordinatorOptions options;
    options.score_test = config.sweep && !config.trial.data.test.empty();
    options.one_trial = !config.sweep;
    if (fs::exists(folder.plan())) {
      options.predicted_s = predicted_s(read_text_file(folder.plan(), 1 << 20), plan.sweep.mode, plan.sweep.group_size,
                                        session.world().world());
    }
    options.numerics = config.content.at(kNumerics);
    options.any_numerics = config.trial.runtime.numerics == Numerics::kAny;
    options.timeout_s = config.trial.runtime.timeout_s;
    options.on_stall = end_job;
    options.note = plan.note;
    options.show = [&](const RunStatus& status, const std::string& text) {
      if (!text.empty()) line.show(text + "  " + duration_text(status.eta_s) + " left");
    };
    coordinator = std::make_unique<Coordinator>(options, *trials, folder, run->lock(), stop);
    run->record_config();
    return std::string();
  });
  const std::unique_ptr<RankNetwork> network = session.network();
  std::thread coordinating;
  if (coordinator) coordinating = std::thread([&] { coordinator->run(*network); });
  Quit quit;
  try {
    WorkerOptions worker;
    RunConfig near = config;
    near.trial.data.stores = stores.string();
    worker.numerics = run_numerics(near, session.local_rank());
    worker.train = LeaseTrainer(session, near, folder, worker.numerics);
    worker.stop = &stop;
    worker.timeout_s = config.trial.runtime.timeout_s;
    worker.on_silence = end_job;
    quit = work_for_coordinator(*network, worker);
  } catch (const std::exception& error) {
    // This rank is alone with it: the others may be inside a collective, and a thread may still be talking.
    session.abort(1, error.what());
  }
  if (coordinating.joinable()) coordinating.join();
  {
    const CloseTimer timer(static_cast<int>(ErrorKind::kStopped));
    network->close();
    session.forget_dead();
  }
  if (!quit.error.empty()) throw Error(static_cast<ErrorKind>(quit.exit_code), quit.error);
  SweepOutcome outcome;
  outcome.exit_code = quit.exit_code;
  session.on_root([&] {
    outcome.failure = failure_text(trials->trials());
    outcome.choice = trials->choice_text();
    if (quit.exit_code == static_cast<int>(ErrorKind::kStopped)) return std::string();
    write_chosen(folder, trials->trials());
    if (config.sweep) write_state_dict(folder, [&](const std::string& text) { line.line(text); });
    return std::string();
  });
  return outcome;
}

}  // namespace unmask
