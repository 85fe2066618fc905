// A sweep as the report shows it, with numbers that are drawn: as many trials as wanted, every state, names that would
// be markup, scripts or broken text elsewhere.
#pragma once

#include <string>
#include <vector>

#include "report/report_data.h"

namespace unmask::test_support {

/// Names that a page must show as they are.
inline std::vector<std::string> hostile_names() {
  return {"<script>window.hit = 1</script>",
          "</script><script>window.hit = 2</script>",
          "<img src=x onerror=\"window.hit = 3\">",
          "\"><svg onload=window.hit=4>",
          "'; window.hit = 5; '",
          "{{DATA}} {{NONCE}}",
          "<!--",
          "]]>",
          "javascript:window.hit=6",
          "&lt;b&gt; &amp;",
          "line\nbreak\ttab",
          "\xE2\x80\xAE right to left",
          "broken \xFF utf-8",
          "\xF0\x9F\x98\x80",
          "../../etc/passwd",
          std::string(400, 'x')};
}

/// Of val, with one dataset of too few people.
inline Calibration drawn_calibration() {
  Calibration calibration;
  calibration.fitted_on = kFittedOnVal;
  calibration.reals = 310;
  calibration.fakes = 90;
  calibration.clusters = 61;
  calibration.temperature = 1.5;
  calibration.ece = {0.12, 0.03, Interval{0.1, 0.15}, Interval{0.01, 0.05}};
  calibration.cllr = {0.8, 0.6, {}, {}};
  calibration.thresholds = {{0.01, 0.9, 2.5, 0.0097, 0.0248, 0.6}};
  calibration.datasets = {{"base", 200, 61, 0.9, Interval{0.85, 0.94}}, {"augment", 200, 1, 0.8, {}}};
  return calibration;
}

/// Seeds differ within a point where `repeats` is above one. `max_lr` alone decides the objective.
inline ReportedRun reported_run(int trials, int repeats = 1) {
  ReportedRun run;
  run.folder = "runs/drawn";
  run.name = "drawn";
  run.objective = {Objective::Over::kMean, "", "video_auc"};
  run.val = {"base", "augment"};
  run.test = {"base"};
  run.sweep.stop = StoppingRule::kHalving;
  run.sweep.space = {{"optimizer.max_lr", SpaceKey::Kind::kLogUniform, {}, 1e-5, 1e-3, "", {}},
                     {"model.dropout", SpaceKey::Kind::kUniform, {}, 0, 0.9, "", {}},
                     {"model.head", SpaceKey::Kind::kChoice, {"\"linear\"", "\"hidden\""}, 0, 0, "", {}},
                     {"train.seed_of_nothing", SpaceKey::Kind::kChoice, {"1"}, 0, 0, "", {}}};
  for (int id = 0; id < trials; ++id) {
    const int point = id / repeats;
    SweepTrial trial;
    TrialRecord& record = trial.record;
    const double place = (point * 37 % 101) / 101.0, noise = (id * 53 % 97) / 97.0;
    record.id = id;
    record.point_index = point;
    record.repeat = id % repeats;
    record.point = {{"optimizer.max_lr", std::to_string(1e-5 * (1 + 99 * place))},
                    {"model.dropout", std::to_string(0.9 * (point * 53 % 97) / 97.0)},
                    {"model.head", point % 2 == 0 ? "\"linear\"" : "\"hidden\""},
                    {"train.seed_of_nothing", "1"}};
    record.state = id % 11 == 5 ? TrialState::kFailed : id % 7 == 3 ? TrialState::kStoppedEarly : TrialState::kDone;
    if (record.state == TrialState::kFailed) record.reason = "step 3: the loss is not finite";
    trial.brief.seed = static_cast<std::uint64_t>(record.repeat);
    trial.brief.init = "random";
    trial.brief.train = id % 3 == 0 ? std::vector<std::string>{"base"} : run.val;
    trial.brief.val = run.val;
    trial.brief.select = "video_auc";
    trial.brief.epochs = 15;
    const double best = 0.6 + 0.3 * place + 0.01 * noise;
    for (int epoch = 1; epoch <= 15 && record.state != TrialState::kFailed; ++epoch) {
      const double score = best - 0.01 * (15 - epoch);
      record.history.push_back({epoch,
                                epoch * 10,
                                1e-4,
                                1 - score,
                                score,
                                {{"base", 1 - score, score, score, score, score},
                                 {"augment", 1.1 - score, score - 0.1, score - 0.1, score - 0.1, score - 0.1}}});
    }
    if (!record.history.empty()) {
      record.best_epoch = 15;
      record.objective = std::to_string(best);
    }
    run.trials.push_back(trial);
    run.leases.push_back(
        {{id, 1, 1, "node" + std::to_string(id % 2), 0, 150, 60, "done", ""}, 60.0 * (id / 4), 60.0 * (id / 4 + 1)});
  }
  if (trials > 100) run.calibration = drawn_calibration();
  return run;
}

}  // namespace unmask::test_support
