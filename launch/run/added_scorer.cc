#include "launch/run/added_scorer.h"

#include <algorithm>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/store/sample_list.h"
#include "launch/run/chosen_calibration.h"
#include "launch/run/model_path.h"
#include "launch/run/recorded_run.h"
#include "sweep/run/added_scores.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// What a store is of: its first row's dataset and split.
AddedStore described(const fs::path& file, const SampleList& samples) {
  if (samples.size() == 0) throw Error(ErrorKind::kData, file.string() + ": holds no crop to score");
  const FrameInfo frame = samples.frame(0);
  return {frame.dataset, to_word(frame.split), to_hex(samples.store(0).fingerprint())};
}

std::vector<AddedStore> describe_all(const std::vector<fs::path>& stores) {
  std::vector<AddedStore> all;
  for (const fs::path& file : stores) {
    all.push_back(described(file, SampleList(std::vector<fs::path>{file})));
    const auto twin = std::ranges::find(all.begin(), all.end() - 1, all.back().name(), &AddedStore::name);
    if (twin != all.end() - 1)
      throw Error(ErrorKind::kUsage, file.string() + ": " + all.back().name() +
                                         " is named twice; one store of a dataset and split at a time");
  }
  return all;
}

/// Why the trial can't be scored; "": its weights are whole, and have this digest.
std::string fault_of(const SweepTrial& trial, const fs::path& model, std::string& digest) {
  const TrialState state = trial.record.state;
  if (!fs::exists(model)) {
    if (state == TrialState::kFailed) return "it failed";
    const bool over = state == TrialState::kDone || state == TrialState::kStoppedEarly;
    return over ? "its weights are gone (sweep.keep_best)" : "it has no weights yet (" + to_word(state) + ")";
  }
  try {
    digest = uncalibrated_digest(model);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

AddedWork look(const RunFolder& run, const std::vector<fs::path>& stores, Session& session) {
  const RecordedRun recorded = read_recorded_run(run, [&](const std::string& text) { session.note(text); });
  AddedScores added = read_added_scores(run);
  const std::vector<AddedStore> wanted = describe_all(stores);
  AddedWork work;
  work.stores = stores;
  std::map<int, std::pair<fs::path, std::string>> weights;  // with their digest
  for (const SweepTrial& trial : recorded.trials) {
    const int id = trial.record.id;
    const fs::path model = model_of_trial(run, id);
    std::string digest;
    const std::string fault = fault_of(trial, model, digest);
    if (fault.empty()) weights[id] = {model, digest};
    if (!fault.empty())
      work.left_out += (work.left_out.empty() ? "" : "\n") + trial_name(id) + " is left out: " + fault;
  }
  for (std::size_t store = 0; store < wanted.size(); ++store) {
    const auto& scored = added_store(added, wanted[store]).trials;
    for (const auto& [id, model] : weights) {
      const auto found = scored.find(id);
      const bool known = found != scored.end() && found->second.model_digest == model.second;
      if (known) ++work.known;
      if (!known) work.tasks.push_back({id, store, model.first});
    }
  }
  return work;
}

std::string to_text(const AddedWork& work) {
  nlohmann::json tasks = nlohmann::json::array();
  for (const AddedTask& task : work.tasks) tasks.push_back({task.trial, task.store, task.model.string()});
  return nlohmann::json{{"tasks", tasks}, {"known", work.known}, {"left_out", work.left_out}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

AddedWork from_text(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  AddedWork work;
  for (const nlohmann::json& task : json.at("tasks"))
    work.tasks.push_back({task.at(0).get<int>(), task.at(1).get<std::size_t>(), task.at(2).get<std::string>()});
  work.known = json.at("known").get<int>();
  work.left_out = json.at("left_out").get<std::string>();
  return work;
}

/// Read anew each time: another start may have added other stores meanwhile.
void record(const RunFolder& run, const AddedStore& store, int trial, const AddedTrial& scored) {
  AddedScores added = read_added_scores(run);
  added_store(added, store).trials[trial] = scored;
  write_added_scores(run, added);
}

}  // namespace

AddedWork added_work(Session& session, const RunFolder& run, const std::vector<fs::path>& stores) {
  AddedWork work = session.share<AddedWork>([&] { return look(run, stores, session); }, to_text, from_text);
  work.stores = stores;
  return work;
}

void add_scores(Session& session, const RunFolder& run, const AddedWork& work, const ScoreOptions& options) {
  std::size_t done = 0;
  std::optional<SampleList> samples;
  std::size_t opened = work.stores.size();
  AddedStore store;
  for (const AddedTask& task : work.tasks) {
    if (opened != task.store) {
      opened = task.store;
      samples.emplace(std::vector<fs::path>{work.stores[opened]});
      store = described(work.stores[opened], *samples);
    }
    const DatasetScores scores = score_dataset(task.model, store.dataset, *samples, session.world(), options);
    session.on_root([&] {
      record(run, store, task.trial, {uncalibrated_digest(task.model), scores});
      session.note(trial_name(task.trial) + " is scored on " + store.name() + " (" + std::to_string(++done) + " of " +
                   std::to_string(work.tasks.size()) + ")");
      return std::string();
    });
  }
}

}  // namespace unmask
