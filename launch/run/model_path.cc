#include "launch/run/model_path.h"

#include <optional>

#include "base/error.h"
#include "launch/run/recorded_run.h"
#include "launch/run/run_name.h"
#include "sweep/plan/objective.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

Error not_found(const std::string& model, const std::string& what) {
  return Error(ErrorKind::kUsage, model + ": " + what + "; wanted a model file, a run folder, or RUN:0007");
}

/// The model that stands for a run; of slices, the choice over all that there are.
fs::path model_of_run(const RunFolder& run) {
  if (find_slices(run).count == 0) return run.chosen_model();
  const RecordedRun whole = read_recorded_run(run, [](const std::string&) {});
  const std::optional<int> id = sweep_choice(ranked(whole.trials));
  return id ? model_of_trial(run, *id) : run.chosen_model();
}

}  // namespace

fs::path model_of_trial(const RunFolder& run, int id) {
  std::error_code none;
  for (const auto& [k, slice] : find_slices(run).started) {
    if (fs::is_regular_file(slice.best_model(id), none)) return slice.best_model(id);
  }
  return run.best_model(id);
}

std::filesystem::path find_model(const std::string& model) {
  std::error_code none;
  if (fs::is_regular_file(model, none)) return model;
  if (fs::is_directory(model, none)) {
    const RunFolder run(model);
    for (const fs::path& file : {model_of_run(run), run.best_model(0)}) {
      if (fs::is_regular_file(file, none)) return file;
    }
    throw not_found(model,
                    "holds no finished model (looked for chosen/model.safetensors and trials/0000/best.safetensors)");
  }
  if (const RunName name = parse_run_name(model); name.trial) {
    const fs::path file = model_of_trial(name.folder, *name.trial);
    if (fs::is_regular_file(file, none)) return file;
    throw not_found(model, "no such model (looked for " + file.string() + ")");
  }
  throw not_found(model, fs::exists(model, none) ? "is neither a file nor a folder" : "does not exist");
}

}  // namespace unmask
