// What a trial trains with, as plain values. Each validate() returns every fault,
// naming the key as the config file has it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/words.h"
#include "data/augment/augment_plan.h"
#include "data/data_options.h"
#include "dist/reduction.h"
#include "model/device/device_choice.h"
#include "model/model_options.h"
#include "model/precision.h"

namespace unmask {

struct TrainOptions {
  int epochs = 12;
  int global_batch_size = 64;
  int microbatch_size = 32;  // 0: the whole batch (published semantics)
  TrainPrecision precision = TrainPrecision::kAuto;
  Bf16Arithmetic bf16_arithmetic = Bf16Arithmetic::kAuto;
  int threads_per_rank = 1;
  Reduction reduction = Reduction::kFixedPoint;
  std::string select = "video_auc";  // the score (dataset_scores.h) that names the best epoch, mean over data.train
  int score_train_crops = 2048;  // scored after every epoch, at most a tenth of the train crops; 0: none, columns empty
  bool reproducible = true;      // false: autotuning and float sums
};

enum class RateSchedule { kOneCycle, kConstant };
constexpr auto words_of(RateSchedule) {
  using enum RateSchedule;
  return std::to_array<Word<RateSchedule>>({{"one_cycle", kOneCycle}, {"constant", kConstant}});
}

struct OptimizerOptions {
  double max_lr = 5e-5;
  double weight_decay = 0.1;  // L2 term in the gradient (torch.optim.Adam), not decoupled
  RateSchedule schedule = RateSchedule::kOneCycle;
  double pct_start = 0.3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

/// On what hardware a run may go on. kAny: also where other bits are computed; its trials say so.
enum class Numerics { kSame, kAny };
constexpr auto words_of(Numerics) {
  using enum Numerics;
  return std::to_array<Word<Numerics>>({{"same", kSame}, {"any", kAny}});
}

/// Collectives on a helper thread. kAuto: where a core is to spare.
enum class Overlap { kAuto, kOn, kOff };
constexpr auto words_of(Overlap) {
  using enum Overlap;
  return std::to_array<Word<Overlap>>({{"auto", kAuto}, {"on", kOn}, {"off", kOff}});
}

/// Free to change on resume: no effect on results, except that Numerics::kAny admits hardware with
/// other bits.
struct RuntimeOptions {
  Device device = Device::kAuto;
  Numerics numerics = Numerics::kSame;
  double checkpoint_every_s = 300;
  double timeout_s = 60;
  Overlap overlap = Overlap::kAuto;
  int loader_threads = 1;
  int ranks_per_gpu = 1;  // that may share one; never ranks of one group
};

std::vector<std::string> validate(const TrainOptions& options);
std::vector<std::string> validate(const OptimizerOptions& options);
std::vector<std::string> validate(const RuntimeOptions& options);

/// One point of the search space: everything that a trial's bits depend on, and the runtime options.
struct TrialOptions {
  std::uint64_t seed = 0;
  DataOptions data;
  ModelOptions model;
  TrainOptions train;
  OptimizerOptions optimizer;
  AugmentOptions augment;
  RuntimeOptions runtime;
};

}  // namespace unmask
