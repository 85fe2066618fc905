#include "launch/run/chosen_calibration.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "base/number_text.h"
#include "data/store/sample_list.h"
#include "data/store_paths.h"
#include "dist/loopback_communicator.h"
#include "launch/config/run_config_file.h"
#include "launch/run/chosen_familiarity.h"
#include "launch/run/joined_scores.h"
#include "model/files/safetensors.h"
#include "model/score/calibration.h"
#include "model/score/evaluation.h"
#include "model/score/metric_intervals.h"
#include "model/score/video_index.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

Split split_to_fit_on(const fs::path& stores, const std::vector<std::string>& datasets) {
  const bool all_have_it = std::ranges::all_of(
      datasets, [&](const std::string& name) { return fs::exists(store_path(stores, name, Split::kCalibration)); });
  return all_have_it ? Split::kCalibration : Split::kVal;
}

/// The row of one dataset, whose videos are of this store.
CalibratedDataset dataset_of(const std::string& name, std::uint32_t store, const std::vector<Scored>& videos,
                             const std::vector<VideoIdentities>& identities,
                             const std::vector<std::uint32_t>& store_of) {
  std::vector<Scored> its_own;
  std::vector<VideoIdentities> its_people;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    if (store_of[i] != store) continue;
    its_own.push_back(videos[i]);
    its_people.push_back(identities[i]);
  }
  const Clusters clusters = identity_clusters(its_people);
  return {name, static_cast<std::int64_t>(its_own.size()), clusters.count, detection_metrics(its_own).auc,
          metric_intervals(its_own, clusters.of, clusters).auc};
}

struct Fitted {
  Calibration calibration;
  std::optional<Familiarity> familiarity;
  std::string lacks_familiarity;  // why
};

Fitted fit(const RunFolder& folder, const CalibrationPlace& place, const std::atomic<bool>& stop) {
  const TrialOptions options = chosen_options(folder);
  const Split split = split_to_fit_on(place.stores, options.data.train);
  const SampleList samples(place.stores, options.data.train, split);
  const ScoreOptions scoring = chosen_scoring(options, place);
  const auto stopped = [&] { return stop.load(); };
  const std::vector<double> scores =
      fake_probabilities(folder.chosen_model(), samples, *make_loopback_communicator(), scoring, stopped);
  write_file_durably(chosen_frames(folder), evaluation_csv(join_scores(samples, scores)));
  const std::vector<std::uint32_t> video_of = video_indices(samples);
  std::vector<Scored> frames;
  std::vector<VideoIdentities> identities;  // a video's are those of its first crop
  std::vector<std::uint32_t> store_of;      // likewise; one a dataset
  for (std::size_t i = 0; i < samples.size(); ++i) {
    frames.push_back({samples[i].label, scores[i]});
    if (video_of[i] < identities.size()) continue;
    const FrameInfo frame = samples.frame(i);
    identities.push_back({frame.target_identity, frame.source_identity});
    store_of.push_back(samples[i].store);
  }
  const std::vector<Scored> videos = video_scores(frames, video_of);
  const Clusters clusters = identity_clusters(identities);
  const std::string fitted_on = split == Split::kCalibration ? to_word(split) : kFittedOnVal;
  Fitted fitted{fit_calibration(videos, clusters, fitted_on), {}, {}};
  for (std::uint32_t store = 0; store < samples.stores(); ++store)
    fitted.calibration.datasets.push_back(
        dataset_of(options.data.train.at(store), store, videos, identities, store_of));
  std::vector<std::uint32_t> fold_of;  // of samples; people who share videos in one
  for (const std::uint32_t video : video_of) fold_of.push_back(clusters.of[video] % kFamiliarityFolds);
  try {
    fitted.familiarity = fit_chosen_familiarity(folder.chosen_model(), samples, fold_of, fitted_on, scoring, stopped);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    fitted.lacks_familiarity = error.what();
  }
  return fitted;
}

}  // namespace

TrialOptions chosen_options(const RunFolder& folder) {
  const std::string text = read_text_file(folder.chosen() / "config.toml", 1 << 20);
  return read_run_config(text, "chosen/config.toml", {}, ConfigFor::kTrain).trial;
}

ScoreOptions chosen_scoring(const TrialOptions& options, const CalibrationPlace& place) {
  return {options.train.threads_per_rank, place.device, place.local_rank, place.loader_threads};
}

fs::path chosen_frames(const RunFolder& folder) { return folder.chosen() / "frames.csv"; }

void calibrate_chosen(const RunFolder& folder, const CalibrationPlace& place, const std::atomic<bool>& stop,
                      const Note& note) {
  if (!fs::exists(folder.chosen_model())) return;
  try {
    const SafetensorsFile model(folder.chosen_model(), SafetensorsFile::Digest::kRequired);
    if (model.metadata().contains(kCalibrationKey)) return;
    fault_point("calibrate");
    const Fitted fitted = fit(folder, place, stop);
    const Calibration& calibration = fitted.calibration;
    std::vector<TensorBytes> tensors = model.tensors();
    std::map<std::string, std::string> metadata = model.metadata();
    metadata[kCalibrationKey] = to_json(calibration);
    metadata[kUncalibratedKey] = to_hex(digest128(MappedFile(folder.chosen_model()).bytes()));
    if (fitted.familiarity) {
      metadata[kFamiliarityKey] = to_json(*fitted.familiarity);
      for (const TensorBytes& tensor : familiarity_tensors(*fitted.familiarity)) tensors.push_back(tensor);
    }
    write_safetensors(folder.chosen_model(), "chosen", tensors, metadata);
    note("calibrated on " + std::to_string(calibration.reals) + " real and " + std::to_string(calibration.fakes) +
         " fake videos (" + calibration.fitted_on + "): temperature " + fixed_text(calibration.temperature, 3) +
         ", calibration error " + fixed_text(calibration.ece.before, 3) + " before, " +
         fixed_text(calibration.ece.after, 3) + " after" +
         (fitted.familiarity ? "" : "; it won't know what is unlike its data: " + fitted.lacks_familiarity));
  } catch (const std::exception& error) {
    note(folder.chosen_model().string() + " stays uncalibrated: " + error.what());
  }
}

std::string uncalibrated_digest(const fs::path& model) {
  const SafetensorsFile file(model, SafetensorsFile::Digest::kRequired);
  const auto before = file.metadata().find(kUncalibratedKey);
  return before != file.metadata().end() ? before->second : to_hex(digest128(MappedFile(model).bytes()));
}

bool is_model_of(const fs::path& chosen, const fs::path& best) {
  try {
    return uncalibrated_digest(chosen) == to_hex(digest128(MappedFile(best).bytes()));
  } catch (const Error&) {
    return false;  // damaged, or missing
  }
}

}  // namespace unmask
