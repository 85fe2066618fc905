// Writes the pages that page_test.py opens: report_page_samples FOLDER
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "data/store/jpeg_codec.h"
#include "report/report_page.h"
#include "tests/report/reported_run.h"

namespace {

using namespace unmask;

/// Drawn heads, a picture each: what crops look like, and nobody's face.
std::vector<ReportedCrop> drawn_crops(const ChosenScores& scores) {
  constexpr int kPx = 112;
  std::vector<ReportedCrop> crops;
  for (const CropChoice& choice : choose_crops(scores.frames, chosen_threshold(scores).score, 60)) {
    const EvaluatedFrame& frame = scores.frames[choice.frame];
    const int number = static_cast<int>(choice.frame);
    std::vector<std::uint8_t> rgb;
    for (int y = 0; y < kPx; ++y) {
      for (int x = 0; x < kPx; ++x) {
        const double dx = (x - 56) / 34.0, dy = (y - 58) / 44.0;
        const bool head = dx * dx + dy * dy < 1, eye = std::abs(std::abs(dx) - 0.4) < 0.13 && std::abs(dy + 0.2) < 0.08;
        const bool mouth = std::abs(dx) < 0.35 && std::abs(dy - 0.45 - 0.1 * dx * dx) < 0.06;
        const int shade = eye || mouth ? 50 : head ? 190 - number * 7 % 60 : 90 + number * 13 % 80;
        for (const int tint : {20, 0, -20 - number % 30})
          rgb.push_back(static_cast<std::uint8_t>(std::clamp(shade + tint, 0, 255)));
      }
    }
    crops.push_back({choice.kind, frame.frame, *frame.score, encode_jpeg(rgb, kPx, 85, JpegColour::k444)});
  }
  return crops;
}

/// Seven corruptions of five strengths.
std::string drawn_corruption(const std::vector<std::string>& datasets) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const auto add = [&](const std::string& dataset, const std::string& kind, int strength, double auc) {
    rows.push_back({{"dataset", dataset},
                    {"split", "test"},
                    {"corruption", kind},
                    {"strength", strength},
                    {"value", strength == 0 ? "" : "quality " + std::to_string(100 - 15 * strength)},
                    {"video_auc", auc},
                    {"interval", {auc - 0.04, auc + 0.03}},
                    {"coverage", strength > 3 ? 0.9 : 1.0}});
  };
  for (const std::string& dataset : datasets) {
    add(dataset, "clean", 0, 0.94);
    for (const char* kind : {"blur", "contrast", "h264", "jpeg", "noise", "resize", "saturation"}) {
      for (int strength = 1; strength <= 5; ++strength)
        add(dataset, kind, strength, 0.95 - 0.02 * strength * (kind[0] % 4));
    }
  }
  return nlohmann::ordered_json({{"on", "crops"}, {"rows", rows}})
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Won on one new dataset, lost on an old one, and not to be told of the rest.
std::string drawn_comparison(const std::string& new_one, const std::string& old_one) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const auto add = [&](const std::string& dataset, const char* split, const std::string& group, const char* standing,
                       double before, double now, nlohmann::ordered_json interval) {
    rows.push_back({{"dataset", dataset},
                    {"split", split},
                    {"group", group},
                    {"standing", standing},
                    {"videos", 120},
                    {"clusters", 61},
                    {"before", before},
                    {"now", now},
                    {"difference", now - before},
                    {"interval", std::move(interval)}});
  };
  add(old_one, "val", "all", "old", 0.96, 0.93, {-0.05, -0.01});
  add(old_one, "val", "deepfakes", "old", 0.97, 0.95, {-0.05, 0.01});
  add(new_one, "val", "all", "new", 0.62, 0.9, {0.21, 0.34});
  add(new_one, "test", "all", "new", 0.6, 0.7, nullptr);
  return nlohmann::ordered_json(
             {{"began_with", {old_one}}, {"replay", 0.2}, {"missing", {old_one + "/test"}}, {"rows", rows}})
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  for (const int trials : {0, 1, 3, 140, 2000}) {
    ReportedRun run = test_support::reported_run(trials, trials == 140 ? 2 : 1);
    run.status.run_state = "done";
    if (trials > 100) {
      run.crops = drawn_crops(test_support::drawn_scores());
      run.corruption_json = drawn_corruption(run.val);
      run.won_and_lost_json = drawn_comparison("augment", "base");
      run.audit = "1 finding: base/val and base/train share video 000_003; strongest shortcut: box of base, AUC 0.731";
      run.siblings = {{"three", "./trials-3.html", "done", "mean video_auc of the datasets trained on", 3, 0.75}};
    }
    write_file_durably(folder / ("trials-" + std::to_string(trials) + ".html"), report_page(report_json(run)));
  }
  const std::vector<std::string> names = test_support::hostile_names();
  ReportedRun run = test_support::reported_run(static_cast<int>(names.size()));
  run.sweep.space.push_back({"<b>key</b>", SpaceKey::Kind::kChoice, names, 0, 0, "", {}});
  run.val = {"<i>base</i>", "augment"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    run.trials[i].record.reason = names[i];
    run.trials[i].record.point.emplace_back("<b>key</b>", names[i]);
    run.trials[i].brief.train = {names[i]};
    for (EpochRow& row : run.trials[i].record.history) row.val[0].dataset = run.val[0];
    run.leases[i].lease.host = names[i];
  }
  run.name = names[1];
  run.notes = names[2];
  run.tags = names;
  ChosenScores scores = test_support::drawn_scores(5);
  for (std::size_t i = 0; i < scores.frames.size(); ++i) {
    FrameInfo& frame = scores.frames[i].frame;
    frame.dataset = frame.dataset == "base" ? names[0] : names[2];
    frame.method += names[i / 3 % names.size()];
    frame.video += names[i / 3 % names.size()];
  }
  run.scores_json = chosen_scores_json(scores);
  run.crops = drawn_crops(scores);
  run.crops_note = names[3];
  run.corruption_json = drawn_corruption(names);
  run.won_and_lost_json = drawn_comparison(names[2], names[0]);
  run.audit = names[0];
  for (const std::string& name : names) run.siblings.push_back({name, "./x", name, name, 1, 0.5});
  write_file_durably(folder / "hostile.html", report_page(report_json(run)));
  ReportedRun running = test_support::reported_run(20);
  running.status.run_state = "running";
  running.incomplete = "12 of 20 trials are over";
  running.reload_s = 3;
  running.written_every_s = 300;
  write_file_durably(folder / "running.html", report_page(report_json(running)));
}
