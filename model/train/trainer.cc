#include "model/train/trainer.h"

#include <c10/core/GradMode.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/seconds_since.h"
#include "base/trace.h"
#include "dist/agreement.h"
#include "model/device/device.h"
#include "model/files/model_file.h"
#include "model/files/weight_file.h"
#include "model/score/scorer.h"
#include "model/train/checkpoint.h"
#include "model/train/learning_rate.h"
#include "model/train/numerics.h"
#include "model/train/train_step.h"
#include "model/train/trial_data.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
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
  void score_train_crops(EpochRow& row);
  void end_epoch();
  std::vector<DatasetScores> score(const std::vector<ScoredDataset>& datasets);
  void write_results();
  std::function<void()> model_write() const;
  std::vector<DatasetScores> score_test();
  bool is_checkpoint_due() const;
  void save_checkpoint_in_background();
  void save_last_checkpoint();
  void push_requests(std::int64_t step);
  void tell_step(const StepPlan& plan, const StepOutcome& outcome, double step_s);
  StepPlan plan_step(std::int64_t step) const;
  bool leads() const { return group_.rank() == 0; }
  Precision precision() const { return precision_from(options_.train.precision, options_.train.bf16_arithmetic); }

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
  std::string identity_;
  std::optional<Fault> broken_checkpoint_;
  std::optional<std::size_t> best_;
  bool best_is_unwritten_ = false;
  std::int64_t pushed_ = 0;  // steps whose requests the loader has
  std::int64_t lease_end_ = 0;
  bool stop_agreed_ = false;
  Clock::time_point last_checkpoint_ = Clock::now();
  BackgroundWriter writer_;  // last: waits for its thread, which uses the rest
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
  best_is_unwritten_ = best_.has_value();  // the lease before may have been killed over it
  check_numerics();
  const std::int64_t total = data_->total_steps();
  lease_end_ = std::min(total, context_.until_step.value_or(total));
  if (state_->step < lease_end_) {
    make_step_runner();
    train_until(lease_end_);
    step_runner_->close();
    observer_.on_progress("saving");
    agree(group_, "saving the checkpoint", [&] { save_last_checkpoint(); });
  }
  observer_.on_progress("saving");
  agree(group_, "saving the results", [&] {
    if (state_->step == total) write_results();
    if (leads() && best_is_unwritten_) model_write()();
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
  identity_ = data_->fingerprints() + context_.identity;
  state_.emplace(options_, place_.device);
  if (!leads()) return;  // gets the state by broadcast
  fs::create_directories(context_.trial_dir / "checkpoints");
  std::vector<std::string> notes;
  const std::optional<fs::path> newest = newest_whole_checkpoint(context_.trial_dir, notes);
  for (const std::string& note : notes) observer_.on_note(note);
  if (!newest) return initialise_weights();
  load_checkpoint(*newest, identity_, *state_);
  observer_.on_note("goes on from step " + std::to_string(state_->step) + " of " +
                    std::to_string(data_->total_steps()));
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
    step_runner_.emplace(*state_, precision(), options_.seed, data_->class_weights(), group_, reducer, place_,
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
    if (state_->step < lease_end_ && is_checkpoint_due()) save_checkpoint_in_background();
  }
}

void LeaseRunner::one_step() {
  const TraceSpan span("step", state_->step);
  const auto start = Clock::now();
  const StepPlan plan = plan_step(state_->step);
  const bool stop = context_.stop != nullptr && context_.stop->load();
  const auto next_batch = [&] {
    if (broken_checkpoint_) throw Error(*broken_checkpoint_);
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

std::vector<DatasetScores> LeaseRunner::score(const std::vector<ScoredDataset>& datasets) {
  std::vector<DatasetScores> rows;
  for (const ScoredDataset& dataset : datasets) {
    const auto scores = score_samples(state_->classifier, precision(), dataset.samples, dataset.all, group_, place_,
                                      [&] { observer_.on_progress("scoring"); });
    rows.push_back(dataset_scores(dataset.name, dataset.samples, dataset.video_of, scores));
  }
  return rows;
}

void LeaseRunner::score_train_crops(EpochRow& row) {
  const auto& fixed = data_->fixed_train_sample();
  if (fixed.empty()) return;
  const auto scores = score_samples(state_->classifier, precision(), data_->train(), fixed, group_, place_,
                                    [&] { observer_.on_progress("scoring"); });
  double loss = 0, right = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    loss += scores[i].loss;
    const bool called_fake = scores[i].fake_probability > 0.5;
    right += called_fake == (data_->train()[fixed[i]].label != 0) ? 1 : 0;
  }
  row.train_loss = loss / static_cast<double>(scores.size());
  row.train_accuracy = right / static_cast<double>(scores.size());
}

void LeaseRunner::end_epoch() {
  const TraceSpan span("score and save epoch");
  EpochRow row;
  row.epoch = static_cast<int>(state_->step / data_->steps_per_epoch());
  row.step = state_->step;
  row.lr = learning_rate(options_.optimizer, state_->step - 1, data_->total_steps());
  score_train_crops(row);
  row.val = score(data_->val());
  state_->history.push_back(row);
  best_ = best_row(state_->history, options_.data.train, options_.train.select);
  if (best_ == state_->history.size() - 1) {
    keep_as_best(*state_);
    best_is_unwritten_ = true;
  }
  observer_.on_progress("saving");
  agree(group_, "saving the results", [&] { write_results(); });
  observer_.on_epoch(row);
}

void LeaseRunner::write_results() {
  if (leads()) write_file_durably(context_.trial_dir / "metrics.csv", metrics_csv(state_->history, options_.data.val));
}

/// Writes best.safetensors, from a thread of its own too:
/// the best weights are replaced as a whole and never written to.
std::function<void()> LeaseRunner::model_write() const {
  const EpochRow& row = state_->history[*best_];
  ModelFileInfo info{options_.model,
                     options_.train.precision,
                     options_.train.bf16_arithmetic,
                     data_->preprocessing_json(),
                     data_->train().crop_px(),
                     {}};
  info.trained_json = nlohmann::json{
      {"seed", options_.seed},
      {"datasets", options_.data.train},
      {"init", options_.model.init},
      {"epoch", row.epoch},
      {"step", row.step}}.dump();
  return [this, info, best = state_->best] {
    write_model_file(context_.trial_dir / "best.safetensors", context_.attempt, state_->classifier, best, info);
  };
}

std::vector<DatasetScores> LeaseRunner::score_test() {
  if (data_->test().empty()) return {};
  const at::NoGradGuard no_grad;
  std::size_t i = 0;
  for (NamedTensor& parameter : state_->classifier.parameters()) parameter.tensor.detach().copy_(state_->best[i++]);
  for (NamedTensor& statistic : state_->classifier.running_statistics()) statistic.tensor.copy_(state_->best[i++]);
  const std::vector<DatasetScores> rows = score(data_->test());
  agree(group_, "saving the test scores", [&] {
    if (leads()) write_file_durably(context_.trial_dir / "test.csv", test_csv(rows));
  });
  return rows;
}

/// After checkpoint_every_s; and at an epoch's end, which scoring made dear, where writing costs less than a twentieth
/// of the time since the last one.
bool LeaseRunner::is_checkpoint_due() const {
  const double since_s = seconds_since(last_checkpoint_);
  const bool epoch_ended = state_->step % data_->steps_per_epoch() == 0;
  return since_s >= options_.runtime.checkpoint_every_s || (epoch_ended && since_s >= 20 * writer_.last_s());
}

void LeaseRunner::save_checkpoint_in_background() {
  if (!leads() || writer_.busy()) return;
  try {
    const auto start = Clock::now();
    std::function<void()> write_best = best_is_unwritten_ ? model_write() : [] {};
    writer_.submit([this, write_best, snapshot = take_snapshot(*state_, identity_)] {
      write_checkpoint(context_.trial_dir, snapshot, context_.attempt);
      write_best();
    });
    best_is_unwritten_ = false;
    observer_.on_checkpoint(checkpoint_path(context_.trial_dir, state_->step), state_->step, seconds_since(start));
  } catch (const std::exception&) {
    // Becomes this rank's fault in the next step, so that all ranks leave together.
    broken_checkpoint_ = current_fault();
  }
  last_checkpoint_ = Clock::now();
}

/// Of a trial that is over only where scoring data.test comes next: else its ledger row is written at once, and a kill
/// before that costs no more than checkpoint_every_s, as ever.
void LeaseRunner::save_last_checkpoint() {
  if (!leads()) return;
  writer_.drain();
  if (state_->step == data_->total_steps() && data_->test().empty()) return;
  write_checkpoint(context_.trial_dir, take_snapshot(*state_, identity_), context_.attempt);
  observer_.on_checkpoint(checkpoint_path(context_.trial_dir, state_->step), state_->step, 0);
}

}  // namespace

LeaseResult run_lease(const TrialOptions& options, Communicator& group, const LeaseContext& context) {
  return LeaseRunner(options, group, context).run();
}

}  // namespace unmask
