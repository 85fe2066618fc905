#include "model/train/trainer.h"

#include <sched.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/seconds_since.h"
#include "base/trace.h"
#include "dist/agreement.h"
#include "model/device/device.h"
#include "model/files/weight_file.h"
#include "model/train/learning_rate.h"
#include "model/train/numerics.h"
#include "model/train/train_step.h"
#include "model/train/trial_data.h"
#include "model/train/trial_files.h"
#include "model/train/trial_scorer.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

bool core_to_spare(const LeaseContext& context, int threads_per_rank) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;
  return CPU_COUNT(&allowed) >= context.local_world * (threads_per_rank + 1);
}

/// One lease, from opening the stores to the last checkpoint.
class LeaseRunner {
 public:
  LeaseRunner(const TrialOptions& options, Communicator& group, const LeaseContext& context)
      : options_(options),
        group_(group),
        context_(context),
        observer_(context.observer != nullptr ? *context.observer : silent_) {}

  LeaseResult run();

 private:
  void open();
  void initialise_weights();
  void check_numerics();
  void make_step_runner();
  void train_until(std::int64_t until);
  void one_step();
  void end_epoch();
  std::vector<DatasetScores> score_test();
  void push_requests(std::int64_t step);
  void tell_step(const StepPlan& plan, const StepOutcome& outcome, double step_s);
  StepPlan plan_step(std::int64_t step) const;
  bool leads() const { return group_.rank() == 0; }

  TrialOptions options_;
  ComputePlace place_;
  Communicator& group_;
  const LeaseContext& context_;
  TrainObserver silent_;
  TrainObserver& observer_;
  std::optional<TrialData> data_;
  std::optional<TrainState> state_;
  std::optional<Loader> loader_;
  std::optional<TrainStep> step_runner_;
  std::optional<TrialScorer> scorer_;
  std::optional<std::size_t> best_;
  std::int64_t pushed_ = 0;  // steps whose requests the loader has
  std::int64_t lease_end_ = 0;
  bool stop_agreed_ = false;
  std::optional<TrialFiles> files_;  // last: waits for its thread, which uses the rest
};

LeaseResult LeaseRunner::run() {
  if (!options_.train.reproducible) options_.train.reduction = Reduction::kFloat;
  configure_torch(options_.train.threads_per_rank, options_.train.reproducible);
  observer_.on_progress("opening");
  agree(group_, "starting the trial", [&] {
    const Device device = resolve_device(options_.runtime.device);
    resolve_arithmetic(options_.train, device);
    place_ = place_on(device, context_.local_rank);
    place_.by_tensors |= context_.by_tensors;
    open();
  });
  broadcast_state(*state_, group_);
  best_ = best_row(state_->history, options_.data.train, options_.train.select);
  if (best_) files_->best_is(*best_);  // the lease before may have been killed over it
  check_numerics();
  const std::int64_t total = data_->total_steps();
  lease_end_ = std::min(total, context_.until_step.value_or(total));
  if (state_->step < lease_end_) {
    make_step_runner();
    train_until(lease_end_);
    step_runner_->close();
    observer_.on_progress("saving");
    agree(group_, "saving the checkpoint", [&] { files_->write_last_checkpoint(); });
  }
  observer_.on_progress("saving");
  agree(group_, "saving the results", [&] {
    if (state_->step == total) files_->write_metrics();
    files_->write_best();
  });
  LeaseResult result;
  if (state_->step == total) result.test = score_test();
  result.end = state_->step == total ? LeaseEnd::kTrialDone
               : stop_agreed_        ? LeaseEnd::kInterrupted
                                     : LeaseEnd::kLeaseOver;
  result.step = state_->step;
  result.history = state_->history;
  result.numerics = state_->numerics;
  result.best = best_;
  return result;
}

void LeaseRunner::open() {
  const TraceSpan span("open");
  data_.emplace(options_);
  if (context_.identity.empty()) throw std::logic_error("a lease without an identity: any checkpoint would be its own");
  state_.emplace(options_, place_.device);
  const auto scoring = [this] { observer_.on_progress("scoring"); };
  scorer_.emplace(options_, *data_, *state_, group_, place_, scoring);
  TrialFiles::Settings settings{context_.trial_dir, data_->fingerprints() + context_.identity, context_.attempt,
                                leads()};
  files_.emplace(options_, *data_, *state_, observer_, std::move(settings));
  if (!leads()) return;  // gets the state by broadcast
  if (!files_->restore()) initialise_weights();
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
    agree(group_, "probing", [&] { mine = numerics_class(options_, data_->train().crop_px(), context_.local_rank); });
  }
  const std::vector<std::string> all = all_gather_text(group_, mine);
  std::vector<std::string>& known = state_->numerics;
  const bool may_change = options_.runtime.numerics == Numerics::kAny || known.empty();
  const std::string wanted = may_change ? all[0] : known.back();
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank] == wanted) continue;
    throw Error(ErrorKind::kFailed, "rank " + std::to_string(rank) + " computes other bits (" + all[rank] + ") than " +
                                        (may_change ? "rank 0 of its group" : "the trial began with") + " (" + wanted +
                                        "); run it on machines of one kind" +
                                        (may_change ? "" : ", or set runtime.numerics = \"any\""));
  }
  if (std::ranges::find(known, wanted) != known.end()) return;
  if (!known.empty()) observer_.on_note("goes on where other bits are computed: " + wanted);
  known.push_back(wanted);
}

void LeaseRunner::make_step_runner() {
  const bool is_free = place_.device.is_cuda() || core_to_spare(context_, options_.train.threads_per_rank);
  const Overlap asked = options_.runtime.overlap;
  const bool overlap = asked == Overlap::kOn || (asked == Overlap::kAuto && is_free);
  ReducerOptions reducer;
  reducer.reduction = options_.train.reduction;
  reducer.overlap = broadcast_text(group_, overlap ? "on" : "off") == "on";
  std::unique_ptr<Communicator> sums = place_.communicator(group_, context_.local_rank, options_.runtime.timeout_s);
  agree(group_, "preparing to train", [&] {
    const Precision precision = precision_from(options_.train.precision, options_.train.bf16_arithmetic);
    step_runner_.emplace(*state_, precision, options_.seed, data_->class_weights(), group_, reducer, place_,
                         std::move(sums));
    loader_.emplace(data_->train(), options_.augment, options_.seed, options_.runtime.loader_threads, 4,
                    place_.bytes());
  });
  pushed_ = state_->step;
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

void LeaseRunner::train_until(std::int64_t until) {
  while (state_->step < until && !stop_agreed_) {
    for (; pushed_ < std::min(until, state_->step + 2); ++pushed_) push_requests(pushed_);
    one_step();
    if (state_->step % data_->steps_per_epoch() == 0) end_epoch();
    if (state_->step < lease_end_ && files_->is_checkpoint_due()) files_->checkpoint_in_background();
  }
}

void LeaseRunner::one_step() {
  const TraceSpan span("step", state_->step);
  const auto start = Clock::now();
  const StepPlan plan = plan_step(state_->step);
  const bool stop = context_.stop != nullptr && context_.stop->load();
  const auto next_batch = [&] {
    if (files_->fault()) throw Error(*files_->fault());
    return loader_->next();
  };
  const StepOutcome outcome = step_runner_->run(
      plan, next_batch,
      [&](CropBatch&& batch) {
        loader_->recycle(std::move(batch));
        observer_.on_progress("training");
      },
      stop);
  if (outcome.verdict.fault) {
    step_runner_->close();
    Fault fault = *outcome.verdict.fault;
    fault.during = "trial failed at step " + std::to_string(state_->step);
    fault.step = state_->step;
    throw Error(fault);
  }
  stop_agreed_ = outcome.verdict.stop_requested;
  tell_step(plan, outcome, seconds_since(start));
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

void LeaseRunner::end_epoch() {
  const TraceSpan span("score and save epoch");
  const EpochRow row = scorer_->score_epoch();
  state_->history.push_back(row);
  best_ = best_row(state_->history, options_.data.train, options_.train.select);
  if (best_ == state_->history.size() - 1) {
    keep_as_best(*state_);
    files_->best_is(*best_);
  }
  observer_.on_progress("saving");
  agree(group_, "saving the results", [&] { files_->write_metrics(); });
  observer_.on_epoch(row);
}

std::vector<DatasetScores> LeaseRunner::score_test() {
  const std::vector<DatasetScores> rows = scorer_->score_test();
  if (!rows.empty()) agree(group_, "saving the test scores", [&] { files_->write_test(rows); });
  return rows;
}

}  // namespace

LeaseResult run_lease(const TrialOptions& options, Communicator& group, const LeaseContext& context) {
  return LeaseRunner(options, group, context).run();
}

}  // namespace unmask
