#include "model/score/crop_scorer.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/device/device.h"
#include "model/device/device_crops.h"
#include "model/files/model_file.h"
#include "model/score/scorer.h"
#include "model/tensor_memory.h"

namespace unmask {

struct CropScorer::Impl {
  LoadedModel model;
  ComputePlace place;
  Precision precision;

  void score_batch(std::span<const std::span<const std::uint8_t>> crops, std::vector<double>& scores) {
    const at::Tensor images = images_on(place.device, crops, model.info.crop_px);
    const std::vector<std::int64_t> labels(crops.size(), 1);  // of no account for the probability
    for (const SampleScore& score : score_images(model.classifier, precision, images, labels)) {
      if (std::isnan(score.fake_probability))
        throw Error(ErrorKind::kFailed, "what the model gives is not finite: its weights are too large");
      scores.push_back(score.fake_probability);
    }
  }
};

CropScorer::CropScorer(const std::filesystem::path& model_file, const ScoreOptions& options) {
  configure_torch(options.threads, /*reproducible=*/true);
  LoadedModel model = load_model_file(model_file);
  const ComputePlace place = place_on(options.device, options.local_rank);
  model.classifier.to(place.device);
  const Precision precision = precision_from(model.info.precision, model.info.bf16_arithmetic);
  impl_ = std::make_unique<Impl>(Impl{std::move(model), place, precision});
}
CropScorer::~CropScorer() = default;

std::vector<double> CropScorer::score(std::span<const std::span<const std::uint8_t>> crops) {
  const at::NoGradGuard no_grad;
  std::vector<double> scores;
  for (std::size_t first = 0; first < crops.size(); first += kScoreBatch) {
    const std::size_t count = std::min<std::size_t>(kScoreBatch, crops.size() - first);
    with_memory_errors([&] { impl_->score_batch(crops.subspan(first, count), scores); });
  }
  return scores;
}

const std::string& CropScorer::preprocessing_json() const { return impl_->model.info.preprocessing_json; }
const std::string& CropScorer::calibration_json() const { return impl_->model.info.calibration_json; }

}  // namespace unmask
