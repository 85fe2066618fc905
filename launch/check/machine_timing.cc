#include "launch/check/machine_timing.h"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/seconds_since.h"
#include "dist/agreement.h"
#include "launch/progress_line.h"
#include "launch/stop_signals.h"
#include "model/train/trainer.h"
#include "model/train/trial_data.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr int kStepsTimed = 6, kStepsDiscarded = 2;
constexpr int kSlotsTimed = 4;  // microbatches a rank at most: a step costs its own share beside theirs

/// Steps as they come, without the first ones.
class StepWatch : public TrainObserver {
 public:
  StepWatch(double images, int discarded) : images_(images), discarded_(discarded) {}
  void on_step(const StepNews& news) override {
    const double step_s = images_ / news.images_per_s;
    if (news.step == 1) first_step_began_s_ = seconds_since(started_) - step_s;
    ended_ = std::chrono::steady_clock::now();
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
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now(), ended_ = started_;
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
  // For a checkpoint that nobody wants; a folder per rank.
  const fs::path folder =
      fs::temp_directory_path() / ("unmask-plan-" + std::to_string(::getpid()) + "-" + std::to_string(size));
  const auto remove = [](const fs::path* path) {
    std::error_code ignored;
    fs::remove_all(*path, ignored);
  };
  const std::unique_ptr<const fs::path, decltype(remove)> removed_at_end(&folder, remove);
  fs::create_directories(folder);
  LeaseContext context;
  context.trial_dir = folder;
  context.identity = "timing";
  context.until_step = steps;
  context.cores = session.cores();
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

}  // namespace

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

}  // namespace unmask
