#include "launch/run/recorded_config.h"

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/run_config_file.h"
#include "launch/config/run_identity.h"
#include "sweep/plan/sweep_plan.h"

namespace unmask {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

std::string command_of(const RunConfig& config) { return config.sweep ? "`unmask sweep`" : "`unmask train`"; }

void refuse_difference(const std::string& what, const std::vector<std::string>& difference) {
  if (difference.empty()) return;
  std::string text = what + ":";
  for (const std::string& line : difference) text += "\n  " + line;
  throw Error(ErrorKind::kUsage, text + "\n  choose another --run folder, or set these back");
}

}  // namespace

RunConfig read_recorded_config(const RunFolder& folder) {
  const std::string text = read_text_file(folder.config(), kMostBytes);
  try {
    return read_run_config(text, folder.config().string(), {}, ConfigFor::kEither);
  } catch (const Error& error) {
    throw Error(ErrorKind::kData, "the run's recorded config is damaged: " + std::string(error.what()));
  }
}

void require_same_experiment(const RunFolder& folder, const RunConfig& recorded, const RunConfig& config) {
  const std::string root = folder.root().string();
  if (recorded.sweep.has_value() != config.sweep.has_value()) {
    throw Error(ErrorKind::kUsage, root + ": holds a run of " + command_of(recorded) + ", the config is one of " +
                                       command_of(config) + "; choose another --run folder");
  }
  refuse_difference(root + ": holds a run of another experiment", identity_difference(recorded, config));
}

void require_same_sweep(const RunFolder& slice, const RunConfig& recorded, const RunConfig& config) {
  const auto all_of = [](const RunConfig& sweep) {
    return plan_sweep(sweep_options(sweep), sweep.trial.seed, {}).trials;
  };
  std::vector<std::string> difference = slice_difference(recorded, config);
  const std::string fault = numbering_fault(all_of(recorded), all_of(config));
  if (difference.empty() && !fault.empty()) difference = {fault};
  refuse_difference(slice.root().string() + ": is a slice of another sweep", difference);
}

std::vector<std::string> slice_difference(const RunConfig& slice, const RunConfig& other) {
  return identity_difference(other, slice).empty() ? std::vector<std::string>() : identity_difference(slice, other);
}

}  // namespace unmask
