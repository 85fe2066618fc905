#include "model/train/trainer.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/fault_point.h"
#include "base/seconds_since.h"
#include "base/trace.h"
#include "dist/agreement.h"
#include "dist/nccl_communicator.h"
#include "dist/progress.h"
#include "model/device/device.h"
#include "model/files/weight_file.h"
#include "model/train/learning_rate.h"
#include "model/train/lease_agreement.h"
#include "model/train/numerics.h"
#include "model/train/train_step.h"
#include "model/train/trial_data.h"
#include "model/train/trial_files.h"
#include "model/train/trial_scorer.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

/// One lease, from opening the stores to the last checkpoint.
class LeaseRunner {
 public:
  LeaseRunner(const TrialOptions& options, Communicator& group, const LeaseContext& context)
      : options_(options),
        group_(group),
        context_(context),
        observer_(context.observer != nullptr ? *context.observer : silent_),
        ranks_(group, [this] { return files_ ? files_->fault() : std::nullopt; }) {}

  LeaseResult run();

 private:
  void begin();
  void open();
  void initialise_weights();
  void check_numerics();
  std::unique_ptr<Communicator> communicator_of_sums();
  void make_step_runner();
  void train();
  void one_step();
  void save_in_background(double ahead_s);
  void end_epoch();
  double expected_scoring_s() const;
  bool score_epoch(EpochRow& row);
  bool epoch_is_unscored() const;
  bool is_over() const { return state_->step == data_->total_steps() && !epoch_is_unscored(); }
  void save();
  void score_test(LeaseResult& result);
  void push_requests(std::int64_t step);
  void tell_step(const StepPlan& plan, const StepOutcome& outcome, double step_s);
  StepPlan plan_step(std::int64_t step) const;
  bool leads() const { return group_.rank() == 0; }
  int loader_window() const { return options_.runtime.loader_threads + 3; }
  void tell(const char* doing) {
    ranks_.alone([&] { observer_.on_progress(doing); });
  }
  /// The flag may be set by what the observer reads.
  bool asks_to_stop(const char* doing) {
    tell(doing);
    return context_.stop != nullptr && context_.stop->load();
  }

  TrialOptions options_;
  ComputePlace place_;
  Communicator& group_;
  const LeaseContext& context_;
  TrainObserver silent_;
  TrainObserver& observer_;
  LeaseAgreement ranks_;
  std::optional<TrialData> data_;
  std::optional<TrainState> state_;
  std::optional<Loader> loader_;
  std::optional<KeptCommunicator> own_sums_;
  std::optional<TrainStep> step_runner_;
  std::optional<TrialScorer> scorer_;
  std::optional<std::size_t> best_;
  double scoring_s_ = 0, sample_s_ = 0;  // of an epoch's scoring; of a sample in the last step
  std::int64_t pushed_ = 0;              // steps whose requests the loader has
  std::int64_t steps_ahead_ = 2;         // of the one under way: as many microbatches as the loader works on
  std::int64_t lease_end_ = 0;
  bool stop_agreed_ = false, stopped_in_test_ = false;
  std::optional<TrialFiles> files_;  // last: waits for its thread, which uses the rest
};

LeaseResult LeaseRunner::run() {
  begin();
  const std::int64_t total = data_->total_steps();
  lease_end_ = std::min(total, context_.until_step.value_or(total));
  if (state_->step < lease_end_ || epoch_is_unscored()) {
    train();
    tell("saving");
    ranks_.together("saving the checkpoint", [&] { files_->write_last_checkpoint(is_over()); });
  }
  save();
  LeaseResult result;
  if (is_over()) score_test(result);
  // The last agreement: nobody is left alone with what comes after it.
  ranks_.together("ending the lease", [&] {
    fault_point("end");
    result.end = is_over() && !stopped_in_test_ ? LeaseEnd::kTrialDone
                 : stop_agreed_                 ? LeaseEnd::kInterrupted
                                                : LeaseEnd::kLeaseOver;
    result.step = state_->step;
    result.history = state_->history;
    result.numerics = state_->numerics;
    result.best = best_;
  });
  return result;
}

void LeaseRunner::begin() {
  tell("opening");
  ranks_.together("starting the trial", [&] {
    if (!options_.train.reproducible) options_.train.reduction = Reduction::kFloat;
    configure_torch(options_.train.threads_per_rank, options_.train.reproducible);
    const Device device = resolve_device(options_.runtime.device);
    resolve_arithmetic(options_.train, device);
    place_ = place_on(device, context_.local_rank);
    place_.by_tensors |= context_.by_tensors;
    if (context_.make_graph) place_.make_graph = context_.make_graph;
    open();
  });
  broadcast_state(*state_, group_);
  ranks_.alone([&] {
    best_ = best_row(state_->history, options_.data.train, options_.train.select);
    if (best_) files_->best_is(*best_);  // the lease before may have been killed over it
  });
  check_numerics();
}

void LeaseRunner::open() {
  const TraceSpan span("open");
  data_.emplace(options_, context_.open ? context_.open : std::make_shared<OpenData>());
  if (context_.identity.empty()) throw std::logic_error("a lease without an identity: any checkpoint would be its own");
  state_.emplace(options_, place_.device);
  fault_point("open");
  ScoreControl control;
  control.stop = [this] { return asks_to_stop(scorer_->doing().c_str()); };
  control.loader_threads = options_.runtime.loader_threads;
  scorer_.emplace(options_, *data_, *state_, group_, place_, observer_, std::move(control));
  TrialFiles::Settings settings{context_.trial_dir, data_->fingerprints() + context_.identity, context_.attempt,
                                leads()};
  files_.emplace(options_, *data_, *state_, observer_, std::move(settings));
  if (!leads()) return;  // gets the state by broadcast
  if (!files_->restore()) initialise_weights();
  observer_.on_history(state_->history);
}

void LeaseRunner::initialise_weights() {
  initialise_random(state_->classifier, options_.seed);
  if (options_.model.init == "random") return;
  const SafetensorsFile file(options_.model.init, SafetensorsFile::Digest::kIfPresent);
  for (const std::string& name :
       load_weights(state_->classifier, file, options_.model.init, /*head_mismatch_ok=*/true)) {
    observer_.on_note(options_.model.init + ": " + name + " has another shape; the head starts from random weights");
  }
}

/// All ranks of a group compute the same bits, and, unless the run may change its hardware,
/// those of the trial's first lease.
void LeaseRunner::check_numerics() {
  if (!options_.train.reproducible) return;
  std::string mine = context_.numerics;
  if (mine.empty()) {
    ranks_.together("probing", [&] {
      fault_point("probe");
      mine = numerics_class(options_, data_->train().crop_px(), context_.local_rank);
    });
  }
  const std::vector<std::string> all = all_gather_text(group_, mine);
  std::vector<std::string>& known = state_->numerics;
  const bool may_change = options_.runtime.numerics == Numerics::kAny || known.empty();
  const std::string wanted = may_change ? all[0] : known.back();
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank] == wanted) continue;
    throw AgreedError(ErrorKind::kFailed, "rank " + std::to_string(rank) + " computes other bits (" + all[rank] +
                                              ") than " +
                                              (may_change ? "rank 0 of its group" : "the trial began with") + " (" +
                                              wanted + "); run it on machines of one kind" +
                                              (may_change ? "" : ", or set runtime.numerics = \"any\""));
  }
  if (std::ranges::find(known, wanted) != known.end()) return;
  ranks_.alone([&] {
    if (!known.empty()) observer_.on_note("goes on where other bits are computed: " + wanted);
    known.push_back(wanted);
  });
}

/// Nothing: the group's.
std::unique_ptr<Communicator> LeaseRunner::communicator_of_sums() {
  KeptCommunicator* kept = context_.device_sums.get();
  if (kept == nullptr && place_.device.is_cuda())
    kept = &own_sums_.emplace(nccl_communicators(context_.local_rank, options_.runtime.timeout_s));
  return kept == nullptr ? nullptr : watched_as(group_, place_.communicator(group_, *kept));
}

void LeaseRunner::make_step_runner() {
  const bool is_free = place_.device.is_cuda() || core_to_spare(context_.cores, options_.train.threads_per_rank);
  const Overlap asked = options_.runtime.overlap;
  const bool overlap = asked == Overlap::kOn || (asked == Overlap::kAuto && is_free);
  ReducerOptions reducer;
  reducer.reduction = options_.train.reduction;
  reducer.overlap = broadcast_text(group_, overlap ? "on" : "off") == "on";
  std::unique_ptr<Communicator> sums = communicator_of_sums();
  ranks_.together("preparing to train", [&] {
    fault_point("prepare");
    const Precision precision = precision_from(options_.train.precision, options_.train.bf16_arithmetic);
    step_runner_.emplace(*state_, precision, options_.seed, data_->class_weights(), group_, reducer, place_,
                         std::move(sums));
    loader_.emplace(data_->train(), options_.augment, options_.seed, options_.runtime.loader_threads, loader_window(),
                    place_.bytes());
  });
  pushed_ = state_->step;
  const auto share = static_cast<std::int64_t>(plan_step(state_->step).mine.size());
  steps_ahead_ = 1 + (loader_window() + share - 1) / std::max<std::int64_t>(1, share);
}

StepPlan LeaseRunner::plan_step(std::int64_t step) const {
  StepPlan plan;
  plan.step = static_cast<std::uint32_t>(step);
  plan.rate = learning_rate(options_.optimizer, step, data_->total_steps());
  plan.crop_px = data_->train().crop_px();
  plan.batch_samples = data_->batch_samples(step);
  plan.microbatches = plan_microbatches(plan.batch_samples, options_.train.microbatch_size);
  plan.mine = plan_shard(static_cast<std::int64_t>(plan.microbatches.size()), group_.rank(), group_.world());
  return plan;
}

void LeaseRunner::push_requests(std::int64_t step) {
  const StepPlan plan = plan_step(step);
  for (const std::int64_t index : plan.mine)
    loader_->push(data_->request(step, plan.microbatches[static_cast<std::size_t>(index)]));
}

void LeaseRunner::train() {
  if (epoch_is_unscored()) end_epoch();  // its scoring was stopped or killed
  if (state_->step >= lease_end_ || stop_agreed_) return;
  make_step_runner();
  while (state_->step < lease_end_ && !stop_agreed_) {
    ranks_.alone([&] {
      for (; pushed_ < std::min(lease_end_, state_->step + steps_ahead_); ++pushed_) push_requests(pushed_);
    });
    one_step();
    if (stop_agreed_) break;
    if (epoch_is_unscored()) end_epoch();
    if (state_->step < lease_end_) save_in_background(0);
  }
  step_runner_->close();
}

void LeaseRunner::save_in_background(double ahead_s) {
  // After a fault of its own this rank's state is no longer the trial's.
  ranks_.alone([&] {
    if (!ranks_.has_own() && files_->is_checkpoint_due(ahead_s)) files_->checkpoint_in_background();
  });
}

void LeaseRunner::one_step() {
  const TraceSpan span("step", state_->step);
  const auto start = Clock::now();
  StepPlan plan;
  ranks_.alone([&] { plan = plan_step(state_->step); });
  const auto recycle = [&](CropBatch&& batch) {
    loader_->recycle(std::move(batch));
    tell("training");
  };
  const StepOutcome outcome = step_runner_->run(
      plan, [&] { return loader_->next(); }, recycle, [&] { return asks_to_stop("training"); }, ranks_.pending());
  if (outcome.verdict.fault) {
    step_runner_->close();
    Fault fault = *outcome.verdict.fault;
    fault.during = "trial failed at step " + std::to_string(state_->step);
    fault.step = state_->step;
    throw AgreedError(fault);
  }
  if (outcome.own_fault) ranks_.keep(*outcome.own_fault);
  stop_agreed_ = outcome.verdict.stop_requested;
  const double step_s = seconds_since(start);
  sample_s_ = step_s / static_cast<double>(std::max<std::int64_t>(1, plan.batch_samples));
  ranks_.alone([&] { tell_step(plan, outcome, step_s); });
}

void LeaseRunner::tell_step(const StepPlan& plan, const StepOutcome& outcome, double step_s) {
  TrainObserver::StepNews news;
  news.step = state_->step;
  news.steps = data_->total_steps();
  news.epoch = static_cast<int>((state_->step - 1) / data_->steps_per_epoch()) + 1;
  news.epochs = options_.train.epochs;
  news.loss = outcome.loss;
  news.images_per_s = static_cast<double>(plan.batch_samples) / step_s;
  news.load_s = outcome.times.load_s;
  news.forward_s = outcome.times.forward_s;
  news.backward_s = outcome.times.backward_s;
  news.exposed_s = outcome.times.exposed_s;
  news.optimizer_s = outcome.times.optimizer_s;
  observer_.on_step(news);
}

bool LeaseRunner::epoch_is_unscored() const {
  const bool epoch_ended = state_->step > 0 && state_->step % data_->steps_per_epoch() == 0;
  return epoch_ended && (state_->history.empty() || state_->history.back().step < state_->step);
}

void LeaseRunner::end_epoch() {
  const TraceSpan span("score and save epoch");
  ranks_.together("ending the epoch", [] {});
  // A kill in the middle of scoring must not cost more than checkpoint_every_s.
  save_in_background(expected_scoring_s());
  EpochRow row;
  if (!score_epoch(row)) return;
  ranks_.alone([&] {
    fault_point("best weights");
    state_->history.push_back(row);
    best_ = best_row(state_->history, options_.data.train, options_.train.select);
    if (best_ != state_->history.size() - 1) return;
    keep_as_best(*state_);
    files_->best_is(*best_);
  });
  ranks_.alone([&] {
    files_->metrics_in_background();
    observer_.on_epoch(row, options_.train.epochs);
  });
}

/// As the last time; before the first by the steps, whose samples cost more.
double LeaseRunner::expected_scoring_s() const {
  if (scoring_s_ > 0) return scoring_s_;
  std::size_t samples = data_->fixed_train_sample().size();
  for (const auto& dataset : data_->val()) samples += dataset->all.size();
  return sample_s_ * static_cast<double>(samples);
}

/// False: a rank is to stop, and there is no row.
bool LeaseRunner::score_epoch(EpochRow& row) {
  const auto start = Clock::now();
  try {
    row = scorer_->score_epoch();
  } catch (const AgreedError& error) {
    if (error.kind() != ErrorKind::kStopped) throw;
    stop_agreed_ = true;
  }
  scoring_s_ = seconds_since(start);
  return !stop_agreed_;
}

void LeaseRunner::save() {
  tell("saving");
  ranks_.together("saving the results", [&] {
    if (is_over()) files_->write_metrics();
    files_->write_best();
  });
}

void LeaseRunner::score_test(LeaseResult& result) {
  try {
    result.test = scorer_->score_test();
  } catch (const AgreedError& error) {
    if (error.kind() != ErrorKind::kStopped) throw;
    stop_agreed_ = stopped_in_test_ = true;
    return;
  }
  if (!result.test.empty()) ranks_.together("saving the test scores", [&] { files_->write_test(result.test); });
}

}  // namespace

LeaseResult run_lease(const TrialOptions& options, Communicator& group, const LeaseContext& context) {
  return LeaseRunner(options, group, context).run();
}

}  // namespace unmask
