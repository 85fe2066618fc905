#include "launch/config/run_config_file.h"

#include <algorithm>

#include "launch/config/space_config.h"

namespace unmask {
namespace {

void read_content(const ConfigDocument& document, RunConfig& config) {
  for (const ConfigEntry& entry : document.entries) {
    const auto* text = std::get_if<std::string>(&entry.value);
    if (entry.key.starts_with(std::string(kContentSection) + ".") && text != nullptr) {
      config.content[entry.key.substr(sizeof kContentSection)] = *text;
    }
  }
}

bool has_section(const ConfigDocument& document, const std::string& section) {
  return std::ranges::any_of(document.entries, [&](const ConfigEntry& entry) {
    return entry.key == section || entry.key.starts_with(section + ".");
  });
}

}  // namespace

RunConfig read_run_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                          ConfigFor what) {
  const ConfigDocument document = parse_config(text, file, overrides, kSpaceSection);
  RunConfig config;
  const bool has_sweep = has_section(document, "sweep");
  if (what == ConfigFor::kSweep || has_sweep) config.sweep.emplace();
  const std::vector<ConfigKey> keys = run_config_keys(config);
  std::vector<std::string> faults = read_keys(document, keys, {kSpaceSection, kContentSection});
  if (what == ConfigFor::kTrain && has_sweep) {
    faults.push_back(file + ": [sweep]: `unmask train` trains one trial; use `unmask sweep`, or take the section out");
  }
  read_content(document, config);
  expand_both(config.trial.data.train);
  expand_both(config.trial.data.val);
  expand_both(config.trial.data.test);
  expand_both(config.trial.data.replay_from);
  if (document.find("data.val") == nullptr) config.trial.data.val = config.trial.data.train;
  if (config.sweep) {
    const std::vector<std::string> of_space = read_space(document, kSpaceSection, config);
    faults.insert(faults.end(), of_space.begin(), of_space.end());
  }
  // A key that could not be read would be reported again, as its default: only the first report counts.
  for (const std::string& fault : place_faults(document, keys, validate(config))) {
    const std::string key = fault.substr(fault.find(": ") + 2);
    const std::string name = key.substr(0, key.find_first_of(" :"));
    const auto told = [&](const std::string& earlier) { return earlier.find(": " + name + ":") != std::string::npos; };
    if (!document.syntax_faults && std::none_of(faults.begin(), faults.end(), told)) faults.push_back(fault);
  }
  throw_faults(faults);
  return config;
}

std::string resolved_toml(const RunConfig& config) {
  RunConfig copy = config;
  std::string text = keys_toml(run_config_keys(copy));
  if (config.sweep && !config.sweep->space.empty()) {
    text += "\n[" + std::string(kSpaceSection) + "]\n";
    for (const auto& space : config.sweep->space) text += quoted_toml(space.key) + " = " + space_toml(space) + "\n";
  }
  if (!config.content.empty()) {
    text += "\n# What the paths above led to when the run was made.\n[" + std::string(kContentSection) + "]\n";
    for (const auto& [name, digest] : config.content) text += quoted_toml(name) + " = " + quoted_toml(digest) + "\n";
  }
  return text;
}

RunConfig read_resolved_config(const std::string& text) {
  return read_run_config(text, "resolved config", {}, ConfigFor::kEither);
}

}  // namespace unmask
