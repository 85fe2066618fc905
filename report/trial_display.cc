#include "report/trial_display.h"

#include <cstdio>

#include "base/durable_file.h"
#include "data/printable.h"
#include "model/score/scored_dataset.h"
#include "report/display_plan.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

fs::path picture_file(const fs::path& trial, const char* kind, int epoch) {
  char name[32];
  std::snprintf(name, sizeof name, "%s-%03d.png", kind, epoch);
  return trial / "display" / name;
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

DisplayCell cell_of(const SampleList& samples, std::uint32_t sample, double score) {
  const FrameInfo frame = samples.frame(sample);
  DisplayCell cell{frame.label, score, printable(frame.method), "", samples.crop_px(), {}};
  cell.label = samples[sample].label;
  cell.name = printable(frame.video) + " #" + std::to_string(frame.frame);
  const auto px = static_cast<std::size_t>(cell.px);
  cell.rgb.resize(px * px * 3);
  samples.read(sample, cell.rgb);
  return cell;
}

DisplayBlock block_of(const ScoredDataset& dataset, std::span<const Scored> scores, std::size_t columns) {
  const SampleList& samples = dataset.samples;
  std::vector<DisplayCrop> crops;
  std::uint32_t videos = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const Sample& sample = samples[i];
    crops.push_back({scores[i].label, scores[i].score, dataset.video_of[i],
                     samples.store(sample.store).video_names(sample.row).method});
    videos = std::max(videos, dataset.video_of[i] + 1);
  }
  DisplayBlock block{
      printable(dataset.name) + "/val: " + counted(scores.size(), "crop") + " of " + counted(videos, "video"), {}};
  for (DisplayRow& row : plan_display(crops, columns)) {
    DisplayBlock::Row drawn{std::move(row.title), {}};
    for (const std::uint32_t crop : row.crops) drawn.cells.push_back(cell_of(samples, crop, scores[crop].score));
    block.rows.push_back(std::move(drawn));
  }
  return block;
}

}  // namespace

fs::path display_file(const fs::path& trial, int epoch) { return picture_file(trial, "epoch", epoch); }
fs::path roc_file(const fs::path& trial, int epoch) { return picture_file(trial, "roc", epoch); }

void TrialDisplay::on_scored(const ScoredDataset& dataset, std::span<const Scored> scores) {
  next_.on_scored(dataset, scores);
  if (gave_up_) return;
  try {
    blocks_.push_back(block_of(dataset, scores, display_columns(datasets_)));
    lines_.push_back(roc_line(printable(dataset.name), scores));
  } catch (const std::exception& error) {
    give_up(error);
  }
}

void TrialDisplay::on_epoch(const EpochRow& row, int epochs) {
  if (!gave_up_) {
    try {
      const std::string title = title_ + ", epoch " + std::to_string(row.epoch);
      fs::create_directories(trial_ / "display");
      replace_file(display_file(trial_, row.epoch), display_picture(title, blocks_));
      replace_file(roc_file(trial_, row.epoch), roc_picture(title, lines_));
    } catch (const std::exception& error) {
      give_up(error);
    }
  }
  blocks_.clear();
  lines_.clear();
  next_.on_epoch(row, epochs);
}

void TrialDisplay::give_up(const std::exception& error) {
  gave_up_ = true;
  on_note((trial_ / "display").string() + " can't be written (" + error.what() +
          "): this lease goes on without pictures");
}

}  // namespace unmask
