#include "model/score/scorer.h"

#include <c10/core/GradMode.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "dist/agreement.h"
#include "model/device/device_crops.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

/// Equal for any number of ranks: the first in order.
void require_finite(std::span<const SampleScore> scores, const SampleList& samples,
                    std::span<const std::uint32_t> wanted) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i].loss)) continue;
    const FrameInfo frame = samples.frame(wanted[i]);
    throw Error(ErrorKind::kFailed,
                "scoring: what the model gives for frame " + std::to_string(frame.frame) + " of video " + frame.video +
                    " of dataset " + frame.dataset + " is not finite: its weights are too large",
                Cause::kDivergence);
  }
}

/// Cross-entropy and probability from two f32 logits, in double; NaN where a logit is not finite.
SampleScore score_of(float real_logit, float fake_logit, std::int64_t label) {
  const double margin = static_cast<double>(fake_logit) - static_cast<double>(real_logit);
  if (!std::isfinite(margin)) return {std::nan(""), std::nan("")};
  const double toward_truth = label != 0 ? margin : -margin;
  // log(1 + e^-m) without overflow for either sign.
  const double loss =
      toward_truth > 0 ? std::log1p(std::exp(-toward_truth)) : -toward_truth + std::log1p(std::exp(toward_truth));
  return {1.0 / (1.0 + std::exp(-margin)), loss};
}

void score_own_batches(Classifier& classifier, Precision precision, const SampleList& samples,
                       std::span<const std::uint32_t> wanted, const Communicator& group, const ComputePlace& place,
                       const std::function<void()>& after_batch, std::vector<SampleScore>& mine) {
  const at::NoGradGuard no_grad;
  Loader loader(samples, AugmentOptions{}, 0, 1, 4, place.bytes());
  const std::size_t stride = static_cast<std::size_t>(kScoreBatch) * static_cast<std::size_t>(group.world());
  const std::size_t begin = static_cast<std::size_t>(kScoreBatch) * static_cast<std::size_t>(group.rank());
  for (std::size_t first = begin; first < wanted.size(); first += stride) {
    LoadRequest request;
    for (std::size_t i = first; i < std::min(first + kScoreBatch, wanted.size()); ++i)
      request.items.push_back({wanted[i], 0});
    loader.push(std::move(request));
  }
  ForwardContext context;
  context.precision = precision;
  for (std::size_t first = begin; first < wanted.size(); first += stride) {
    CropBatch batch = loader.next();
    const auto n = static_cast<std::int64_t>(batch.labels.size());
    const at::Tensor images = images_on(place.device, batch, samples.crop_px());
    const at::Tensor logits = classifier.forward(images, context).to(at::kCPU).contiguous();
    const float* values = logits.data_ptr<float>();
    for (std::int64_t i = 0; i < n; ++i)
      mine.push_back(score_of(values[2 * i], values[2 * i + 1], batch.labels[static_cast<std::size_t>(i)]));
    loader.recycle(std::move(batch));
    if (after_batch) after_batch();
  }
}

}  // namespace

std::vector<SampleScore> score_samples(Classifier& classifier, Precision precision, const SampleList& samples,
                                       std::span<const std::uint32_t> wanted, Communicator& group,
                                       const ComputePlace& place, const std::function<void()>& after_batch) {
  std::vector<SampleScore> mine;
  agree(group, "scoring", [&] {
    with_memory_errors(
        [&] { score_own_batches(classifier, precision, samples, wanted, group, place, after_batch, mine); });
  });
  const auto gathered = group.all_gather(std::as_bytes(std::span(mine)));
  std::vector<SampleScore> scores(wanted.size());
  std::vector<std::size_t> taken(gathered.size(), 0);
  for (std::size_t first = 0, batch = 0; first < wanted.size(); first += kScoreBatch, ++batch) {
    const std::size_t rank = batch % gathered.size();
    const std::size_t count = std::min<std::size_t>(kScoreBatch, wanted.size() - first);
    std::memcpy(scores.data() + first, gathered[rank].data() + taken[rank] * sizeof(SampleScore),
                count * sizeof(SampleScore));
    taken[rank] += count;
  }
  require_finite(scores, samples, wanted);
  return scores;
}

DatasetScores dataset_scores(const std::string& dataset, const SampleList& samples,
                             const std::vector<std::uint32_t>& video_of, std::span<const SampleScore> scores) {
  DatasetMeasures measures;
  std::vector<Scored> frames;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    frames.push_back({samples[i].label, scores[i].fake_probability});
    measures.loss += scores[i].loss;
  }
  measures.loss /= static_cast<double>(scores.size());
  measures.by_frame = detection_metrics(frames);
  measures.by_video = detection_metrics(video_scores(frames, video_of));
  return take_scores(dataset, measures);
}

}  // namespace unmask
