// Scores what a trial has learned: after every epoch, and its best weights at the end.
#pragma once

#include <string>
#include <vector>

#include "dist/communicator.h"
#include "model/device/device.h"
#include "model/score/scorer.h"
#include "model/train/history.h"
#include "model/train/lease.h"
#include "model/train/train_state.h"
#include "model/train/trial_data.h"

namespace unmask {

/// All calls are COLLECTIVE over `group`, and compute at `place`, where the state is. THROWS as score_samples
/// (model/score/scorer.h): AgreedError(kStopped) where a rank is to stop.
class TrialScorer {
 public:
  /// `options`: resolved. All references must outlive the scorer. `observer` is told what data.val got.
  TrialScorer(const TrialOptions& options, const TrialData& data, TrainState& state, Communicator& group,
              const ComputePlace& place, TrainObserver& observer, ScoreControl control);

  /// The row of metrics.csv for the epoch that ends with state.step: data.val, and the fixed sample of train crops.
  EpochRow score_epoch();
  /// Of data.test, with state.best, which the classifier has from then on. Nothing where data.test is empty.
  std::vector<DatasetScores> score_test();
  /// For people: "scoring base/val 40%".
  const std::string& doing() const { return doing_; }

 private:
  std::vector<DatasetScores> score(const TrialData::Scored& datasets, Split split);
  /// Of the trial, and keeps doing() up to date while `what` is scored.
  ScoreControl control_of(const std::string& what);
  void score_train_crops(EpochRow& row);

  const TrialOptions& options_;
  const TrialData& data_;
  TrainState& state_;
  Communicator& group_;
  const ComputePlace& place_;
  TrainObserver& observer_;
  Precision precision_;
  ScoreControl control_;
  std::string doing_ = "scoring";
};

}  // namespace unmask
