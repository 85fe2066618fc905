// Everything that a trial's future depends on: weights, running statistics, moments, step, history, best weights.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dist/communicator.h"
#include "model/classifier.h"
#include "model/train/history.h"
#include "model/train/loss_scale.h"
#include "model/train/optimizer.h"
#include "model/train/train_options.h"

namespace unmask {

struct TrainState {
  explicit TrainState(const TrialOptions& options, const at::Device& device = at::kCPU)
      : classifier(placed(Classifier(options.model), device)), adam(options.optimizer, classifier.parameters()) {
    if (options.train.precision == TrainPrecision::kFp16) loss_scale.emplace();
  }
  Classifier classifier;
  Adam adam;
  std::int64_t step = 0;  // steps done
  std::vector<EpochRow> history;
  std::optional<LossScale> loss_scale;  // of fp16
  // Parameters, then running statistics, of the best epoch, on the CPU; empty before the first.
  std::vector<at::Tensor> best;
  std::vector<std::string> numerics;  // numerics_class() of the ranks that trained it, each once

 private:
  static Classifier placed(Classifier made, const at::Device& device) {
    made.to(device);
    return made;
  }
};

/// Every tensor of the state by its name in a checkpoint ("model.conv1.weight", "adam.m.…", "adam.v.…",
/// "best.…").
std::vector<NamedTensor> state_tensors(TrainState& state);
/// Makes state.best a copy of the current weights.
void keep_as_best(TrainState& state);
/// Step, history and numerics classes as JSON text, doubles exact; and back. THROWS std::exception on other text.
std::string state_json(const TrainState& state);
void read_state_json(const std::string& text, TrainState& state);
/// Rank zero's state on every rank. COLLECTIVE. THROWS AgreedError, after which no rank's state is of use.
void broadcast_state(TrainState& state, Communicator& group);

}  // namespace unmask
