#include "launch/trial_runner.h"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <fstream>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "launch/progress.h"
#include "launch/table_text.h"
#include "model/train/trainer.h"

namespace unmask {
namespace {

constexpr int kMostIdleStarts = 3;

std::string digest_of(const std::string& text) {
  return to_hex(digest128(std::as_bytes(std::span(text.data(), text.size()))));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The step that the run's status file last told of for this trial; 0 if it tells nothing.
std::int64_t seen_step(const RunFolder& folder, int trial) {
  try {
    const RunStatus status = read_status(folder);
    return status.trial == trial ? status.step : 0;
  } catch (const Error&) {
    return 0;
  }
}

/// Rank zero's side of a trial: the ledger before and after each lease, and what people read.
class TrialKeeper {
 public:
  TrialKeeper(OpenRun& run, const Trial& trial, int ranks) : run_(run), trial_(trial), ranks_(ranks) {}

  /// "run" or a message why not.
  StartDecision start() {
    const RunFolder& folder = run_.folder();
    const std::string digest = digest_of(identity_text(run_.config()));
    TrialRecord fresh;
    fresh.id = trial_.id;
    fresh.config_digest = digest;
    const TrialRecord record = run_.ledger().find(trial_.id).value_or(fresh);
    if (record.config_digest != digest) {
      throw Error(ErrorKind::kData, folder.ledger().string() + ": trial " + std::to_string(trial_.id) +
                                        " belongs to another config than " + folder.config().string());
    }
    StartDecision decision = decide_start(record, folder.newest_checkpoint_step(trial_.id),
                                          seen_step(folder, trial_.id), run_.config().restart.max_attempts);
    record_ = decision.record;
    put();
    if (!decision.run) return decision;
    RunConfig shown = run_.config();
    shown.trial = trial_.options;
    write_file_durably(folder.trial_config(trial_.id), resolved_toml(shown));
    progress_ = std::make_unique<TrainProgress>(folder, trial_.id, record_.starts, ranks_, trial_.options);
    started_ = std::chrono::steady_clock::now();
    return decision;
  }

  void lease_ended(const LeaseResult& result) {
    run_.lock().check();
    const TrialOptions& options = trial_.options;
    record_.step = result.step;
    record_.epochs_done = result.history.empty() ? 0 : result.history.back().epoch;
    if (result.best) {
      const EpochRow& best = result.history.at(*result.best);
      record_.best_epoch = best.epoch;
      record_.objective = number_text(selected_value(best, options.data.train, options.train.select));
      const std::string csv = metrics_csv({best}, options.data.val);
      record_.best_row = first_line(csv.substr(csv.find('\n') + 1));
    }
    if (result.end == LeaseEnd::kTrialDone) {
      close(TrialState::kDone, "", "done");
      remove_checkpoints(run_.folder().trial(trial_.id));
    } else if (result.end == LeaseEnd::kStopped) {
      close(TrialState::kPaused, "", "paused");
    }
  }

  void lease_failed(const Error& error) {
    if (error.kind() == ErrorKind::kFailed) {
      record_ = after_failure(record_, error.what(), run_.folder().newest_checkpoint_step(trial_.id));
      close(TrialState::kFailed, error.what(), "failed");
    } else {
      close(TrialState::kWaiting, error.what(), "failed");
    }
  }

  const TrialRecord& record() const { return record_; }
  TrainObserver* observer() { return progress_.get(); }

 private:
  void put() { run_.ledger().put(record_); }

  void close(TrialState state, const std::string& reason, const std::string& run_state) {
    record_.state = state;
    record_.reason = reason;
    put();
    progress_->finish(run_state, to_string(state), reason);
    write_timing(run_state);
    write_file_durably(run_.folder().results(), results_csv(run_.config(), record_));
  }

  void write_timing(const std::string& end) const {
    const auto file = run_.folder().timing();
    const bool is_new = !std::filesystem::exists(file);
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    std::ofstream out(file, std::ios::app);
    if (is_new) out << "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n";
    const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    out << trial_.id << ',' << record_.starts << ',' << ranks_ << ',' << host << ',' << record_.start_step << ','
        << progress_->last_step() << ',' << wall_s << ',' << end << ',' << utc_now() << '\n';
  }

  OpenRun& run_;
  const Trial& trial_;
  int ranks_;
  TrialRecord record_;
  std::unique_ptr<TrainProgress> progress_;
  std::chrono::steady_clock::time_point started_;
};

/// What the other ranks must know: whether to run, the attempt's number, the message.
std::string start_message(const StartDecision& decision) {
  return (decision.run ? "1" : "0") + std::to_string(decision.record.starts) + "\n" + decision.message;
}

}  // namespace

StartDecision decide_start(TrialRecord record, std::int64_t checkpoint_step, std::int64_t seen_step, int max_attempts) {
  const bool progressed = checkpoint_step > record.start_step || seen_step > std::max(record.start_step, record.step);
  if (record.state == TrialState::kDone || record.state == TrialState::kStopped) {
    return {false, record, "the trial is " + to_string(record.state) + " already"};
  }
  if (record.state == TrialState::kFailed && (!record.retriable || record.attempts >= max_attempts)) {
    return {false, record, record.reason};
  }
  if (record.state == TrialState::kRunning) {  // killed: waiting again, never "running" for ever
    record.idle_starts = progressed ? 0 : record.idle_starts + 1;
    if (record.idle_starts >= kMostIdleStarts) {
      record.idle_starts = 0;
      ++record.attempts;
    }
  }
  if (record.attempts >= max_attempts && record.state == TrialState::kRunning) {
    record.state = TrialState::kFailed;
    record.retriable = true;
    record.reason = "killed " + std::to_string(max_attempts * kMostIdleStarts) + " times without finishing a step";
    return {false, record, record.reason};
  }
  const std::string before = record.state == TrialState::kFailed ? " (it failed before: " + record.reason + ")" : "";
  record.state = TrialState::kRunning;
  record.reason.clear();
  record.start_step = checkpoint_step;
  record.step = std::max(record.step, seen_step);
  ++record.starts;
  const bool fresh = record.starts == 1;
  return {true, record, (fresh ? "starts" : "goes on from step " + std::to_string(checkpoint_step)) + before};
}

TrialRecord after_failure(TrialRecord record, const std::string& reason, std::int64_t checkpoint_step) {
  record.state = TrialState::kFailed;
  record.reason = reason;
  record.retriable = reason.find("not finite") == std::string::npos;
  record.attempts = checkpoint_step > record.start_step ? 1 : record.attempts + 1;
  return record;
}

std::string results_csv(const RunConfig& config, const TrialRecord& record) {
  const TrialOptions& options = config.trial;
  const std::string columns = first_line(metrics_csv({}, options.data.val));
  const auto weights = config.content.find("weights");
  const std::string init = weights == config.content.end() ? options.model.init : "weights:" + weights->second;
  std::string best = record.best_row;
  if (best.empty()) best = std::string(static_cast<std::size_t>(std::count(columns.begin(), columns.end(), ',')), ',');
  return "trial,state,reason,seed,init,epochs,best_epoch,objective," + columns + "\n" + std::to_string(record.id) +
         "," + to_string(record.state) + "," + csv_cell(record.reason) + "," + std::to_string(options.seed) + "," +
         csv_cell(init) + "," + std::to_string(options.train.epochs) + "," +
         (record.best_epoch > 0 ? std::to_string(record.best_epoch) : "") + "," + record.objective + "," + best + "\n";
}

int run_trial(Session& session, OpenRun* run, const RunConfig& config, const Trial& trial, const RunFolder& folder,
              const std::atomic<bool>& stop) {
  std::optional<TrialKeeper> keeper;
  const std::string told = session.on_root([&] {
    keeper.emplace(*run, trial, session.world().world());
    return start_message(keeper->start());
  });
  const std::string message = told.substr(told.find('\n') + 1);
  char name[16];
  std::snprintf(name, sizeof name, "%04d", trial.id);
  if (told[0] == '0') {
    const bool failed =
        session.on_root([&] { return std::string(keeper->record().state == TrialState::kFailed ? "1" : "0"); }) == "1";
    session.note(std::string("trial ") + name + ": " + message);
    return failed ? 1 : 0;
  }
  session.note(std::string("trial ") + name + " " + message + ", on " + std::to_string(session.world().world()) +
               " ranks");
  LeaseContext context;
  context.trial_dir = folder.trial(trial.id);
  context.config_text = identity_text(config);
  context.attempt = std::stoi(told.substr(1));
  context.stop = &stop;
  context.local_world = session.local_world();
  context.local_rank = session.local_rank();
  context.observer = keeper ? keeper->observer() : nullptr;
  while (true) {
    LeaseResult result;
    try {
      result = run_lease(trial.options, session.world(), context);
    } catch (const Error& error) {
      session.on_root([&] {
        keeper->lease_failed(error);
        return std::string();
      });
      throw;
    }
    session.on_root([&] {
      keeper->lease_ended(result);
      return std::string();
    });
    if (result.end == LeaseEnd::kStopped) return static_cast<int>(ErrorKind::kStopped);
    if (result.end == LeaseEnd::kTrialDone) return 0;
  }
}

}  // namespace unmask
