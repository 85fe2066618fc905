#include "launch/check/recorded_timing.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "launch/check/machine_timing.h"
#include "launch/config/run_config_file.h"
#include "launch/run/run_name.h"
#include "launch/run/trial_briefs.h"
#include "sweep/run/run_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// The numbers of one line of a trial's timing.csv by column; empty for a damaged line.
std::map<std::string, double> numbers_of(const std::vector<std::string>& columns, const std::string& line) {
  std::map<std::string, double> numbers;
  const auto cells = split_csv(line);
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    double value = 0;
    const char* end = cells[i].data() + cells[i].size();
    if (std::from_chars(cells[i].data(), end, value).ptr != end) return {};
    numbers[columns[i]] = value;
  }
  return cells.size() == columns.size() ? numbers : std::map<std::string, double>();
}

/// What the epochs of a former run took.
MachineTiming timing_of_run(const RunName& name) {
  const RunFolder& run = name.folder;
  MachineTiming machine;
  std::vector<double> scored, ends;
  StepCounter counter;
  for (const auto& trial : fs::directory_iterator(run.trials())) {
    const fs::path csv = trial.path() / "timing.csv", toml = trial.path() / "config.toml";
    if (!fs::exists(csv) || !fs::exists(toml)) continue;
    if (name.trial && trial.path() != run.trial(*name.trial)) continue;
    const RunConfig config = read_run_config(read_text_file(toml, 1 << 20), toml.string(), {}, ConfigFor::kEither);
    PlannedTrial alone;
    const TrialBrief brief = brief_of(config, alone, counter);
    std::istringstream lines(read_text_file(csv, 64 << 20));
    std::string line;
    std::getline(lines, line);
    const auto columns = split_csv(line);
    while (std::getline(lines, line)) {
      auto row = numbers_of(columns, line);
      if (row["steps"] <= 0 || row["ranks"] <= 0) continue;
      const int ranks = static_cast<int>(row["ranks"]);
      const double steps_s =
          row["load_s"] + row["forward_s"] + row["backward_s"] + row["exposed_s"] + row["optimizer_s"];
      const auto images = static_cast<double>(brief.images);
      machine.steps.push_back({ranks, brief.microbatches, steps_s / row["steps"], images});
      const double slots = (brief.microbatches + ranks - 1) / ranks;
      scored.push_back(row["forward_s"] / row["steps"] * brief.microbatches / (images * slots));
      ends.push_back(
          std::max(0.0, row["epoch_s"] - steps_s - static_cast<double>(brief.scored_images) * scored.back() / ranks));
    }
  }
  if (machine.steps.empty())
    throw Error(ErrorKind::kUsage,
                run.root().string() + ": no trials/*/timing.csv with a whole epoch; give a CSV file");
  machine.scored_image_s = median(scored);
  machine.epoch_end_s = median(ends);
  return machine;
}

}  // namespace

MachineTiming read_timing(const std::string& path) {
  const RunName name = parse_run_name(path);
  if (fs::is_directory(name.folder.root())) return timing_of_run(name);
  MachineTiming machine;
  machine.steps = timings_from_csv(read_text_file(path, 1 << 20), path);
  return machine;
}

}  // namespace unmask
