#include "launch/run/chosen_folder.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/run_config_file.h"
#include "launch/run/chosen_calibration.h"
#include "launch/run/converter_python.h"
#include "model/files/safetensors.h"
#include "model/files/weight_conversion.h"
#include "model/network_shapes.h"
#include "report/model_card.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

fs::path chosen_state_dict(const RunFolder& folder) { return folder.chosen() / "model.pth"; }

bool holds(const fs::path& file, std::span<const std::byte> bytes) {
  return fs::exists(file) && std::ranges::equal(MappedFile(file).bytes(), bytes);
}

}  // namespace

void write_chosen(const RunFolder& folder, const std::vector<SweepTrial>& trials, const Note& note) {
  const std::optional<int> id = sweep_choice(ranked(trials));
  if (!id) return;
  const auto& chosen = *std::ranges::find(trials, *id, [](const SweepTrial& trial) { return trial.record.id; });
  const fs::path config = folder.chosen() / "config.toml";
  const std::string& text = chosen.brief.config;
  if (!fs::exists(folder.best_model(*id))) {
    // A finished run may have lost its trials' models, to make room: chosen/ has the one that counts.
    const bool has_it =
        fs::exists(folder.chosen_model()) && holds(config, std::as_bytes(std::span(text.data(), text.size())));
    if (!has_it)
      note(folder.chosen().string() + (fs::exists(folder.chosen_model()) ? " stays as it was" : " was not made") +
           ": " + trial_name(*id) + " is the best now, but its weights are gone (sweep.keep_best); `unmask train " +
           folder.trial_config(*id).string() + "` makes them again");
    return;
  }
  fs::create_directories(folder.chosen());
  const MappedFile model(folder.best_model(*id));
  // What is the same stays, its calibration too.
  if (!holds(folder.chosen_model(), model.bytes()) && !is_model_of(folder.chosen_model(), folder.best_model(*id))) {
    fs::remove(chosen_state_dict(folder));
    fs::remove(chosen_frames(folder));
    DurableFile copy(folder.chosen_model(), "chosen");
    copy.write(model.bytes());
    copy.commit();
  }
  write_file_durably(config, text);
  write_file_durably(folder.chosen() / "scores.json", choice_json(trials, *id));
}

void write_model_card(const RunFolder& folder, const std::vector<SweepTrial>& trials, const Note& note) {
  const std::optional<int> id = sweep_choice(ranked(trials));
  if (!id) return;
  const fs::path file = folder.chosen() / "README.md";
  try {
    ModelCard card;
    card.chosen = *std::ranges::find(trials, *id, [](const SweepTrial& trial) { return trial.record.id; });
    card.trials = trials.size();
    const std::string& text = card.chosen.brief.config;
    const fs::path config_file = folder.chosen() / "config.toml";
    if (!holds(config_file, std::as_bytes(std::span(text.data(), text.size())))) return;  // of an earlier choice
    const RunConfig config = read_run_config(text, config_file.string(), {}, ConfigFor::kTrain);
    card.name = config.name;
    card.tags = config.tags;
    for (const auto& [name, digest] : config.content) {
      if (name.starts_with(kStores)) card.stores[name.substr(kStores.size())] = digest;
    }
    const SafetensorsFile model(folder.chosen_model(), SafetensorsFile::Digest::kIfPresent);
    const auto said = [&](const char* key) {
      const auto found = model.metadata().find(key);
      return found == model.metadata().end() ? std::string() : found->second;
    };
    card.model_json = said("model");
    card.preprocessing_json = said("preprocessing");
    card.calibration_json = said("calibration");
    write_file_durably(file, model_card(card));
  } catch (const std::exception& error) {
    note(file.string() + " was not made: " + error.what());
  }
}

void write_state_dict(const RunFolder& folder, const Note& note) {
  const fs::path state_dict = chosen_state_dict(folder);
  if (!fs::exists(folder.chosen_model()) || fs::exists(state_dict)) return;
  try {
    const auto python = converter_python();
    if (!python) throw Error(ErrorKind::kFailed, "there is no .venv beside the program, and no UNMASK_PYTHON");
    export_weights(*python, folder.chosen_model(), state_dict, state_dict_names(ModelOptions().architecture));
  } catch (const Error& error) {
    note(state_dict.string() + " was not made: " + error.what());
  }
}

}  // namespace unmask
