// A sweep as the report shows it, with numbers that are drawn: as many trials as wanted, every state, names that would
// be markup, scripts or broken text elsewhere.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "report/chosen_scores.h"
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
          std::string(400, 'x'),
          "__proto__",
          "constructor",
          "toString",
          "null",
          "NaN",
          "-1e309",
          "C:\\con\\nul",
          "%00%3Cscript%3E",
          "${window.hit=7}",
          "`${window.hit=8}`",
          "</title></style></textarea>",
          "<style>* { display: none }</style>",
          "<iframe srcdoc='<script>parent.hit = 9</script>'>",
          "<a href=javascript:window.hit=10>x</a>",
          "<math><mtext></form><form><mglyph><style></math>",
          "data:text/html,<script>window.hit = 11</script>",
          "\\u003cscript\\u003e",
          "&#60;script&#62;",
          "\xE2\x80\xA8 line separator",
          "\xEF\xBB\xBF mark",
          "\xED\xA0\x80 half a pair",
          std::string("nul \0 nul", 9),
          "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81 stacked",
          "\xE2\x81\xA6\xE2\x80\xAE isolate\x07\x1B[31m"};
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
  calibration.shift = 0.4;
  calibration.thresholds = {{0.01, 0.97, 2.5, 0.0097, 0.0248, 0.6}};
  calibration.datasets = {{"base", 200, 61, 0.9, Interval{0.85, 0.94}}, {"augment", 200, 1, 0.8, {}}};
  return calibration;
}

/// Of val of the chosen: two datasets, two methods each, videos of three frames; fakes score higher, in base by more.
/// Scores say too much, as drawn_calibration() has it.
inline ChosenScores drawn_scores(int videos_of_each = 40) {
  ChosenScores scores;
  std::mt19937 engine(7);
  const auto normal = [&] {  // close enough, and the same everywhere
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(engine()) / 4294967296.0;
    return sum;
  };
  for (const auto& [dataset, gap] : {std::pair("base", 0.89), std::pair("augment", 0.58)}) {
    for (const char* method : {"real", "deepfakes", "face2face"}) {
      for (int video = 0; video < videos_of_each; ++video) {
        const bool fake = std::string(method) != "real";
        const double of_video = normal();
        for (std::uint32_t frame = 0; frame < 3; ++frame) {
          EvaluatedFrame one;
          one.frame.label = fake ? 1 : 0;
          one.frame.dataset = dataset;
          one.frame.method = method;
          one.frame.compression = "c23";
          one.frame.video = std::to_string(video);
          one.frame.split = Split::kVal;
          one.frame.frame = frame;
          const double logit = 2.4 * ((fake ? gap : -gap) + of_video + 0.5 * normal());
          if (frame == 2 && video % 7 == 6) {
            one.frame.status = FrameStatus::kNoFace;
          } else {
            one.score = 1 / (1 + std::exp(-logit));
          }
          scores.frames.push_back(one);
        }
      }
    }
  }
  scores.calibration = drawn_calibration();
  return scores;
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
    record.numerics = {
        "torch 2.11.0; glibc 2.36; AMD EPYC; AVX512; threads 1; bf16, products native; bits 0123456789abcdef"};
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
  if (trials <= 100) return run;
  run.calibration = drawn_calibration();
  // What the choice has on val stands in its calibration, too.
  const int id = sweep_choice(ranked(run.trials)).value();
  run.calibration->datasets[0].auc = run.trials[static_cast<std::size_t>(id)].record.history.back().val[0].video_auc;
  run.scores_json = chosen_scores_json(drawn_scores());
  return run;
}

}  // namespace unmask::test_support
