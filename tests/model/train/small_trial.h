// A trial of six steps over small stores, for tests.
#pragma once

#include "model/train/train_state.h"
#include "model/train/trial_data.h"
#include "tests/model/drawn_weights.h"
#include "tests/model/tiny_stores.h"

namespace unmask {

/// Two epochs of three steps on 34 crops of 32 px, in fp32 on the CPU. Makes the stores in `folder`.
inline TrialOptions small_trial(const test_support::TemporaryFolder& folder) {
  make_tiny_stores(folder / "stores");
  TrialOptions options;
  options.data.stores = (folder / "stores").string();
  options.data.train = options.data.val = {"base"};
  options.model.init = "random";
  options.train.epochs = 2;
  options.train.global_batch_size = 12;
  options.train.microbatch_size = 4;
  options.train.precision = TrainPrecision::kFp32;
  options.train.bf16_arithmetic = Bf16Arithmetic::kF32;
  options.runtime.device = Device::kCpu;
  return options;
}

/// Such a trial with its stores open and drawn weights; nothing is trained.
struct OpenTrial {
  explicit OpenTrial(TrialOptions given) : options(std::move(given)), data(options), state(options) {
    initialise_drawn(state.classifier, 3);
  }
  TrialOptions options;
  TrialData data;
  TrainState state;
};

}  // namespace unmask
