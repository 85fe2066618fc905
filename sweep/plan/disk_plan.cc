#include "sweep/plan/disk_plan.h"

#include <algorithm>

#include "model/network_shapes.h"

namespace unmask {
namespace {

constexpr std::int64_t kFloatBytes = 4;
constexpr int kCheckpointsKept = 2;  // as model/train/checkpoint.h has it

}  // namespace

std::int64_t checkpoint_bytes(const ModelOptions& model) {
  const NetworkShapes shapes = network_shapes(model);
  return kFloatBytes * (4 * element_count(shapes.parameters) + 2 * element_count(shapes.running_statistics));
}

std::int64_t model_bytes(const ModelOptions& model) {
  const NetworkShapes shapes = network_shapes(model);
  return kFloatBytes * (element_count(shapes.parameters) + element_count(shapes.running_statistics));
}

int most_under_way(const SweepOptions& sweep, int ranks) {
  const DiskDemand demand = disk_demand(sweep, ranks, 0, 0, {});
  return demand.running + demand.waiting_at_rung;
}

DiskDemand disk_demand(const SweepOptions& sweep, int ranks, int trials, int train_sets, const ModelOptions& model) {
  DiskDemand demand{model, trials, ranks, 0, train_sets, sweep.keep_best, sweep.repeats, 0};
  if (sweep.mode == SweepMode::kSequential) demand.running = 1;
  if (sweep.mode == SweepMode::kConcurrent) demand.running = std::max(1, ranks / std::max(1, sweep.group_size));
  if (sweep.stop != StoppingRule::kNone) demand.waiting_at_rung = sweep.cohort;
  return demand;
}

std::int64_t kept_models(const DiskDemand& demand) {
  return std::min<std::int64_t>(demand.trials, std::int64_t{demand.train_sets} * demand.keep_best);
}

std::int64_t sweep_disk_bytes(const DiskDemand& demand) {
  const std::int64_t checkpoint = checkpoint_bytes(demand.model), model = model_bytes(demand.model);
  const int running = std::min(demand.running, demand.trials);
  const int under_way = std::min(demand.trials, running + demand.waiting_at_rung);
  const std::int64_t of_points = demand.trials / demand.repeats * std::min(demand.keep_best, demand.repeats - 1);
  const std::int64_t kept = std::min<std::int64_t>(demand.trials, kept_models(demand) + of_points);
  return under_way * (kCheckpointsKept * checkpoint + model) + running * checkpoint + (kept + 1) * model +
         demand.epochs * kPicturesBytes;
}

}  // namespace unmask
