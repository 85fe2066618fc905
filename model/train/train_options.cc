#include "model/train/train_options.h"

#include <algorithm>
#include <cmath>

#include "base/option_faults.h"
#include "base/words.h"
#include "model/score/dataset_scores.h"

namespace unmask {

std::vector<std::string> validate(const TrainOptions& options) {
  OptionFaults faults;
  faults.at_least("train.epochs", options.epochs, 1);
  faults.at_least("train.global_batch_size", options.global_batch_size, 2);
  faults.at_least("train.microbatch_size", options.microbatch_size, 0);
  faults.need(options.microbatch_size != 1, "train.microbatch_size",
              "0 (the whole batch) or >= 2: BatchNorm needs two samples", options.microbatch_size);
  faults.at_least("train.threads_per_rank", options.threads_per_rank, 1);
  faults.at_least("train.score_train_crops", options.score_train_crops, 0);
  const std::vector<std::string> scores = score_names();
  faults.need(std::ranges::count(scores, options.select) > 0, "train.select", one_of(scores),
              "\"" + options.select + "\"");
  return faults.take();
}

std::vector<std::string> validate(const OptimizerOptions& options) {
  OptionFaults faults;
  faults.in_range("optimizer.max_lr", options.max_lr, 0, 10);
  faults.in_range("optimizer.weight_decay", options.weight_decay, 0, 10);
  faults.in_range("optimizer.pct_start", options.pct_start, 0, 1);
  faults.need(options.beta1 >= 0 && options.beta1 < 1, "optimizer.beta1", "in [0, 1)", options.beta1);
  faults.need(options.beta2 >= 0 && options.beta2 < 1, "optimizer.beta2", "in [0, 1)", options.beta2);
  faults.need(options.eps > 0 && std::isfinite(options.eps), "optimizer.eps", "> 0", options.eps);
  return faults.take();
}

std::vector<std::string> validate(const RuntimeOptions& options) {
  OptionFaults faults;
  faults.in_range("runtime.checkpoint_every_s", options.checkpoint_every_s, 0, 1e9);
  faults.in_range("runtime.timeout_s", options.timeout_s, 1, 1e9);
  faults.in_range("runtime.ranks_per_gpu", options.ranks_per_gpu, 1, 64);
  faults.at_least("runtime.loader_threads", options.loader_threads, 0);
  return faults.take();
}

}  // namespace unmask
