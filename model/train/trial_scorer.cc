#include "model/train/trial_scorer.h"

#include <c10/core/GradMode.h>

#include "dist/agreement.h"
#include "model/train/learning_rate.h"

namespace unmask {
namespace {

std::vector<Scored> by_sample(const SampleList& samples, std::span<const SampleScore> scores) {
  std::vector<Scored> scored;
  scored.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) scored.push_back({samples[i].label, scores[i].fake_probability});
  return scored;
}

}  // namespace

TrialScorer::TrialScorer(const TrialOptions& options, const TrialData& data, TrainState& state, Communicator& group,
                         const ComputePlace& place, TrainObserver& observer, ScoreControl control)
    : options_(options),
      data_(data),
      state_(state),
      group_(group),
      place_(place),
      observer_(observer),
      precision_(precision_from(options.train.precision, options.train.bf16_arithmetic)),
      control_(std::move(control)) {}

EpochRow TrialScorer::score_epoch() {
  EpochRow row;
  row.epoch = static_cast<int>(state_.step / data_.steps_per_epoch());
  row.step = state_.step;
  row.lr = learning_rate(options_.optimizer, state_.step - 1, data_.total_steps());
  score_train_crops(row);
  row.val = score(data_.val(), Split::kVal);
  return row;
}

std::vector<DatasetScores> TrialScorer::score_test() {
  if (data_.test().empty()) return {};
  agree(group_, "taking the best weights", [&] {
    const at::NoGradGuard no_grad;
    std::size_t i = 0;
    for (NamedTensor& parameter : state_.classifier.parameters()) parameter.tensor.detach().copy_(state_.best[i++]);
    for (NamedTensor& statistic : state_.classifier.running_statistics()) statistic.tensor.copy_(state_.best[i++]);
  });
  return score(data_.test(), Split::kTest);
}

ScoreControl TrialScorer::control_of(const std::string& what) {
  doing_ = "scoring " + what;
  ScoreControl control = control_;
  control.after_batch = [this, what](int percent) {
    doing_ = "scoring " + what + " " + std::to_string(percent) + "%";
    if (control_.after_batch) control_.after_batch(percent);
  };
  return control;
}

std::vector<DatasetScores> TrialScorer::score(const TrialData::Scored& datasets, Split split) {
  std::vector<DatasetScores> rows;
  for (const auto& dataset : datasets) {
    const auto scores = score_samples(state_.classifier, precision_, dataset->samples, dataset->all, group_, place_,
                                      control_of(dataset->name + "/" + to_word(split)));
    agree(group_, "scoring", [&] {
      rows.push_back(dataset_scores(dataset->name, dataset->samples, dataset->video_of, scores));
      if (split == Split::kVal) observer_.on_scored(*dataset, by_sample(dataset->samples, scores));
    });
  }
  return rows;
}

void TrialScorer::score_train_crops(EpochRow& row) {
  const auto& fixed = data_.fixed_train_sample();
  if (fixed.empty()) return;
  const auto scores =
      score_samples(state_.classifier, precision_, data_.train(), fixed, group_, place_, control_of("train crops"));
  double loss = 0, right = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    loss += scores[i].loss;
    const bool called_fake = scores[i].fake_probability > 0.5;
    right += called_fake == (data_.train()[fixed[i]].label != 0) ? 1 : 0;
  }
  row.train_loss = loss / static_cast<double>(scores.size());
  row.train_accuracy = right / static_cast<double>(scores.size());
}

}  // namespace unmask
