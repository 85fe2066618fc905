// What a trial trains with, as plain values. Each validate() returns every fault, naming the key as the config file has it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/augment_plan.h"
#include "data/data_options.h"
#include "model/model_options.h"

namespace unmask {

struct TrainOptions {
  int epochs = 12;
  int global_batch_size = 64;
  int microbatch_size = 32;        // 0: the whole batch (published semantics)
  std::string precision = "auto";  // "auto", "bf16", "fp16", "fp32"
  std::string bf16_arithmetic =
      "auto";  // on a CPU: "native" products, or "f32" ones of rounded values; "auto": the faster
  int threads_per_rank = 1;
  std::string reduction = "fixed_point";  // or "float": to compare with; its bits depend on the ranks
  std::string select = "video_auc";  // the score (dataset_scores.h) that names the best epoch, mean over data.train
  int score_train_crops = 2048;  // scored after every epoch, at most a tenth of the train crops; 0: none, columns empty
  bool reproducible = true;      // false: autotuning and float sums
};

struct OptimizerOptions {
  double max_lr = 5e-5;
  double weight_decay = 0.1;           // L2 term in the gradient (torch.optim.Adam), not decoupled
  std::string schedule = "one_cycle";  // or "constant"
  double pct_start = 0.3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

/// Free to change on resume: no effect on results.
struct RuntimeOptions {
  std::string device = "auto";    // "auto", "cpu", "cuda"
  std::string numerics = "same";  // "any": a run may go on on hardware that computes other bits; its trials say so
  double checkpoint_every_s = 300;
  double timeout_s = 60;
  std::string overlap = "auto";  // "auto", "on", "off": collectives on a helper thread
  int loader_threads = 1;
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
