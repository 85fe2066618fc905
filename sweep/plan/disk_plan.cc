#include "sweep/plan/disk_plan.h"

#include <algorithm>

namespace unmask {
namespace {

constexpr std::int64_t kBody = 11176512, kBodyStatistics = 9600;  // torchvision's resnet18 without fc
constexpr std::int64_t kLinear = 512 * 2 + 2;
constexpr std::int64_t kHidden = 512 * 256 + 256 + 2 * 256 + 256 * 2 + 2, kHiddenStatistics = 2 * 256;
constexpr std::int64_t kFloatBytes = 4;
constexpr int kCheckpointsKept = 2;  // as model/train/checkpoint.h has it

}  // namespace

std::int64_t trained_parameters(bool hidden_head) { return kBody + (hidden_head ? kHidden : kLinear); }

std::int64_t running_statistics(bool hidden_head) { return kBodyStatistics + (hidden_head ? kHiddenStatistics : 0); }

std::int64_t checkpoint_bytes(bool hidden_head) {
  return kFloatBytes * (4 * trained_parameters(hidden_head) + 2 * running_statistics(hidden_head));
}

std::int64_t model_bytes(bool hidden_head) {
  return kFloatBytes * (trained_parameters(hidden_head) + running_statistics(hidden_head));
}

DiskDemand disk_demand(const SweepOptions& sweep, int ranks, int trials, int train_sets, bool hidden_head) {
  DiskDemand demand{hidden_head, trials, ranks, 0, train_sets, sweep.keep_best};
  if (sweep.mode == SweepMode::kSequential) demand.running = 1;
  if (sweep.mode == SweepMode::kConcurrent) demand.running = std::max(1, ranks / std::max(1, sweep.group_size));
  if (sweep.stop != StoppingRule::kNone) demand.waiting_at_rung = sweep.cohort;
  return demand;
}

std::int64_t sweep_disk_bytes(const DiskDemand& demand) {
  const std::int64_t checkpoint = checkpoint_bytes(demand.hidden_head), model = model_bytes(demand.hidden_head);
  const int running = std::min(demand.running, demand.trials);
  const int under_way = std::min(demand.trials, running + demand.waiting_at_rung);
  const int kept = std::min(demand.trials, demand.train_sets * demand.keep_best);
  return under_way * (kCheckpointsKept * checkpoint + model) + running * checkpoint + (kept + 1) * model;
}

}  // namespace unmask
