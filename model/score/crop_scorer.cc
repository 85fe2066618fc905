#include "model/score/crop_scorer.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/device/device.h"
#include "model/device/device_crops.h"
#include "model/files/model_file.h"
#include "model/grad_cam.h"
#include "model/head.h"
#include "model/network.h"
#include "model/score/scorer.h"
#include "model/tensor_memory.h"

namespace unmask {

static_assert(CropScorer::kBatch == kScoreBatch);

struct CropScorer::Impl {
  LoadedModel model;
  ComputePlace place;
  Precision precision;

  void look_at_batch(std::span<const std::span<const std::uint8_t>> crops, CropLooks& looks) {
    const at::Tensor images = images_on(place.device, crops, model.info.crop_px);
    Classifier& classifier = model.classifier;
    const at::Tensor features = body_pass(classifier.options().architecture)(
        classifier.parameters(), classifier.running_statistics(), images, /*training=*/false, precision);
    const std::vector<std::int64_t> labels(crops.size(), 1);  // of no account for the probability
    for (const SampleScore& score : score_logits(head_pass(classifier, features, {}), labels)) {
      if (std::isnan(score.fake_probability))
        throw Error(ErrorKind::kFailed, "what the model gives is not finite: its weights are too large");
      looks.scores.push_back(score.fake_probability);
    }
    const at::Tensor rows = features.to(at::kCPU).contiguous();
    looks.features.insert(looks.features.end(), rows.const_data_ptr<float>(),
                          rows.const_data_ptr<float>() + rows.numel());
  }

  /// A grid that is scaled to its strongest place.
  HeatGrid heat(std::span<const std::uint8_t> crop, bool for_fake) {
    const at::Tensor images = images_on(place.device, std::span(&crop, 1), model.info.crop_px);
    const at::Tensor map = grad_cam(model.classifier, images, for_fake ? 1 : 0).to(at::kCPU).contiguous();
    const double strongest = map.max().item<double>();
    HeatGrid grid{static_cast<int>(map.size(2)), {}};
    for (std::int64_t i = 0; i < map.numel(); ++i) {
      const double value = map.const_data_ptr<float>()[i];
      grid.values.push_back(strongest > 0 ? static_cast<int>(std::lround(255 * value / strongest)) : 0);
    }
    return grid;
  }
};

CropScorer::CropScorer(const std::filesystem::path& model_file, const ScoreOptions& options) {
  configure_torch(options.threads, /*reproducible=*/true);
  LoadedModel model = load_model_file(model_file);
  if (model.info.crop_px < model.classifier.shapes().least_px)
    throw Error(ErrorKind::kData, model_file.string() + ": crops of " + std::to_string(model.info.crop_px) +
                                      " px are too small for its network");
  const ComputePlace place = place_on(options.device, options.local_rank);
  model.classifier.to(place.device);
  const Precision precision = precision_from(model.info.precision, model.info.bf16_arithmetic);
  impl_ = std::make_unique<Impl>(Impl{std::move(model), place, precision});
}
CropScorer::~CropScorer() = default;

std::vector<double> CropScorer::score(std::span<const std::span<const std::uint8_t>> crops) {
  return look(crops).scores;
}

CropLooks CropScorer::look(std::span<const std::span<const std::uint8_t>> crops) {
  const at::NoGradGuard no_grad;
  at::get_num_threads();  // tells OpenMP the process's number where this thread is new
  CropLooks looks;
  for (std::size_t first = 0; first < crops.size(); first += kBatch) {
    const std::size_t count = std::min(kBatch, crops.size() - first);
    with_memory_errors([&] { impl_->look_at_batch(crops.subspan(first, count), looks); });
  }
  return looks;
}

HeatGrid CropScorer::heat(std::span<const std::uint8_t> crop, bool for_fake) {
  const at::NoGradGuard no_grad;
  HeatGrid grid;
  with_memory_errors([&] { grid = impl_->heat(crop, for_fake); });
  return grid;
}

std::size_t CropScorer::feature_count() const {
  return static_cast<std::size_t>(impl_->model.classifier.shapes().features);
}
int CropScorer::crop_px() const { return impl_->model.info.crop_px; }
const std::string& CropScorer::preprocessing_json() const { return impl_->model.info.preprocessing_json; }
const std::string& CropScorer::calibration_json() const { return impl_->model.info.calibration_json; }

}  // namespace unmask
