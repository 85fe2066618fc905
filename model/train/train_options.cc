#include "model/train/train_options.h"

#include <algorithm>
#include <cmath>

#include "model/score/dataset_scores.h"

namespace unmask {
namespace {

class Faults {
 public:
  void require(bool good, const std::string& fault) {
    if (!good) list_.push_back(fault);
  }
  void at_least(const char* key, int value, int low) {
    require(value >= low, std::string(key) + " must be >= " + std::to_string(low) + ", got " + std::to_string(value));
  }
  void range(const char* key, double value, double low, double high) {
    // Written so that NaN is a fault.
    require(value >= low && value <= high,
            std::string(key) + " must be in [" + text(low) + ", " + text(high) + "], got " + text(value));
  }
  void one_of(const char* key, const std::string& value, const std::vector<std::string>& choices) {
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
    std::string wanted;
    for (const std::string& choice : choices) wanted += (wanted.empty() ? "\"" : ", \"") + choice + "\"";
    list_.push_back(std::string(key) + " must be one of " + wanted + ", got \"" + value + "\"");
  }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  static std::string text(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%g", value);
    return buffer;
  }
  std::vector<std::string> list_;
};

}  // namespace

std::vector<std::string> validate(const TrainOptions& options) {
  Faults faults;
  faults.at_least("train.epochs", options.epochs, 1);
  faults.at_least("train.global_batch_size", options.global_batch_size, 2);
  faults.at_least("train.microbatch_size", options.microbatch_size, 0);
  faults.require(options.microbatch_size != 1,
                 "train.microbatch_size must be 0 (the whole batch) or >= 2: BatchNorm needs two samples, got 1");
  faults.at_least("train.threads_per_rank", options.threads_per_rank, 1);
  faults.at_least("train.score_train_crops", options.score_train_crops, 0);
  faults.one_of("train.select", options.select, score_names());
  return faults.take();
}

std::vector<std::string> validate(const OptimizerOptions& options) {
  Faults faults;
  faults.range("optimizer.max_lr", options.max_lr, 0, 10);
  faults.range("optimizer.weight_decay", options.weight_decay, 0, 10);
  faults.range("optimizer.pct_start", options.pct_start, 0, 1);
  faults.require(options.beta1 >= 0 && options.beta1 < 1, "optimizer.beta1 must be in [0, 1)");
  faults.require(options.beta2 >= 0 && options.beta2 < 1, "optimizer.beta2 must be in [0, 1)");
  faults.require(options.eps > 0 && std::isfinite(options.eps), "optimizer.eps must be > 0");
  return faults.take();
}

std::vector<std::string> validate(const RuntimeOptions& options) {
  Faults faults;
  faults.range("runtime.checkpoint_every_s", options.checkpoint_every_s, 0, 1e9);
  faults.range("runtime.timeout_s", options.timeout_s, 1, 1e9);
  faults.at_least("runtime.loader_threads", options.loader_threads, 0);
  return faults.take();
}

}  // namespace unmask
