#include "launch/run/lease_trainer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "dist/agreement.h"
#include "dist/nccl_communicator.h"
#include "launch/config/run_config_file.h"
#include "launch/config/run_identity.h"
#include "model/score/evaluator.h"
#include "model/train/numerics.h"
#include "model/train/trainer.h"
#include "report/trial_display.h"
#include "report/trial_events.h"
#include "sweep/run/status_file.h"
#include "sweep/run/trial_log.h"

namespace unmask {

namespace fs = std::filesystem;
namespace {

/// For TensorBoard. `trial`: its own config, whose values are those of its point.
TrialEvents::Facts event_facts(const RunConfig& sweep, RunConfig trial, int id) {
  TrialEvents::Facts facts{sweep.name.empty() ? "unmask" : sweep.name,
                           trial_name(id),
                           {},
                           trial.trial.data.train,
                           trial.trial.data.val,
                           trial.trial.train.select};
  if (!sweep.sweep) return facts;
  std::vector<SpaceKey> varied = sweep.sweep->space;
  if (sweep.sweep->repeats > 1) {
    const auto seed = static_cast<double>(sweep.trial.seed);
    varied.push_back({"seed", SpaceKey::Kind::kInteger, {}, seed, seed + sweep.sweep->repeats - 1, "", {}});
  }
  const std::vector<ConfigKey> keys = run_config_keys(trial);
  for (const SpaceKey& one : varied) {
    const auto key = std::ranges::find(keys, one.key, &ConfigKey::name);
    if (key != keys.end()) facts.hparams.emplace_back(one, value_toml(*key));
  }
  return facts;
}

}  // namespace

LeaseTrainer::LeaseTrainer(const Session& session, RunConfig sweep, RunFolder folder, std::string numerics,
                           std::shared_ptr<OpenData> open)
    : session_(&session),
      sweep_(std::move(sweep)),
      folder_(std::move(folder)),
      numerics_(std::move(numerics)),
      open_(std::move(open)),
      device_sums_(std::make_shared<KeptCommunicator>(
          nccl_communicators(session.local_rank(), sweep_.trial.runtime.timeout_s))) {
  const DataOptions& data = sweep_.trial.data;
  for (const std::string& dataset : sweep_.sweep ? data.test : std::vector<std::string>()) {
    fault_point("test stores");
    const CropStore& store = test_.emplace_back(open_->scored(data.stores, dataset, Split::kTest))->samples.store(0);
    const auto opened = sweep_.content.find(std::string(kStores) + dataset + "." + to_word(Split::kTest));
    const std::string now = to_hex(store.fingerprint());
    if (opened == sweep_.content.end() || opened->second == now) continue;
    throw Error(ErrorKind::kData, store.path().string() + ": has changed since the run was opened (" + opened->second +
                                      ", now " + now + ")");
  }
}

LeaseResult LeaseTrainer::operator()(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                                     const std::atomic<bool>& stop) const {
  try {
    return order.score_test ? score_test(order, group, observer, stop) : train(order, group, observer, stop);
  } catch (const Error& error) {
    open_->forget();  // a file that failed may be well again, or another one, when it is opened anew
    if (error.fault().rank == group.rank()) write_rank_log(order, group.rank(), error.what());
    throw;
  }
}

RunConfig LeaseTrainer::config_of(const LeaseOrder& order) const {
  RunConfig config = read_run_config(order.config, "the trial's config", {}, ConfigFor::kTrain);
  config.trial.data.stores = sweep_.trial.data.stores;
  return config;
}

LeaseResult LeaseTrainer::train(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                                const std::atomic<bool>& stop) const {
  std::optional<RunConfig> config;
  std::optional<TrialLog> log;
  std::optional<TrialEvents> events;
  std::optional<TrialDisplay> display;
  LeaseContext context;
  agree(group, "beginning the lease", [&] {
    fault_point("log");
    config = config_of(order);
    config->trial.runtime.checkpoint_every_s *= order.checkpoint_share;
    context.trial_dir = folder_.trial(order.trial);
    context.identity = identity_text(*config);
    context.attempt = order.attempt;
    context.until_step = order.until_step;
    context.stop = &stop;
    context.cores = session_->cores();
    context.local_rank = session_->local_rank();
    context.numerics = numerics_;
    context.observer = &observer;
    context.open = open_;
    context.device_sums = device_sums_;
    if (group.rank() != 0) return;
    log.emplace(folder_, order, observer);
    const TrialEvents::Facts facts = event_facts(sweep_, *config, order.trial);
    events.emplace(folder_.trial(order.trial), facts, *log);
    display.emplace(folder_.trial(order.trial), facts.run + ", " + facts.trial, facts.val.size(), *events);
    context.observer = &*display;
  });
  try {
    LeaseResult result = run_lease(config->trial, group, context);
    if (events && result.end != LeaseEnd::kInterrupted) events->end(true);
    if (log) log->close("lease " + std::to_string(order.lease) + " ended at step " + std::to_string(result.step));
    return result;
  } catch (const std::exception& error) {
    if (events) events->end(false);
    if (log) log->close(std::string("failed: ") + error.what());
    throw;
  }
}

LeaseResult LeaseTrainer::score_test(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                                     const std::atomic<bool>& stop) const {
  ScoreOptions options;
  LeaseResult result;
  agree(group, "beginning to score data.test", [&] {
    fault_point("begin to score");
    const RunConfig config = config_of(order);
    options = {config.trial.train.threads_per_rank, resolve_device(config.trial.runtime.device), session_->local_rank(),
               config.trial.runtime.loader_threads};
    result.test.reserve(test_.size());
  });
  try {
    for (std::size_t i = 0; i < test_.size(); ++i) {
      const std::string& dataset = sweep_.trial.data.test[i];
      const auto tell = [&](int percent) {
        observer.on_progress(("scoring " + dataset + "/test " + std::to_string(percent) + "%").c_str());
      };
      result.test.push_back(score_dataset(folder_.best_model(order.trial), dataset, test_[i]->samples, group, options,
                                          tell, [&] { return stop.load(); }));
    }
  } catch (const AgreedError& error) {
    if (error.kind() != ErrorKind::kStopped) throw;
    result.test.clear();
    result.end = LeaseEnd::kInterrupted;
  }
  return result;
}

void LeaseTrainer::write_rank_log(const LeaseOrder& order, int group_rank, const std::string& fault) const {
  const int world_rank = order.members.at(static_cast<std::size_t>(group_rank));
  std::error_code ignored;
  fs::create_directories(folder_.trial(order.trial), ignored);
  std::ofstream(folder_.rank_log(order.trial, world_rank), std::ios::app)
      << utc_now() << " attempt " << order.attempt << ", lease " << order.lease << ", rank " << group_rank << " of "
      << order.members.size() << " in its group: " << fault << '\n';
}

}  // namespace unmask
