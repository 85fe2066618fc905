#include "model/score/scorer.h"

#include <c10/core/GradMode.h>

#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/fault_point.h"
#include "dist/agreement.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

/// Equal for any number of ranks: the first in order.
void require_finite(std::span<const SampleScore> scores, const SampleList& samples,
                    std::span<const std::uint32_t> wanted) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i].loss)) continue;
    const FrameInfo frame = samples.frame(wanted[i]);
    throw AgreedError(ErrorKind::kFailed,
                      "scoring: what the model gives for frame " + std::to_string(frame.frame) + " of video " +
                          frame.video + " of dataset " + frame.dataset + " is not finite: its weights are too large",
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

/// The batches of one rank: number rank, rank + world, …
class OwnBatches {
 public:
  OwnBatches(const SampleList& samples, std::span<const std::uint32_t> wanted, const Communicator& group,
             const ComputePlace& place, int loader_threads)
      : samples_(samples),
        place_(place),
        loader_(samples, AugmentOptions{}, 0, loader_threads, loader_threads + 3, place.bytes()) {
    const std::size_t stride = static_cast<std::size_t>(kScoreBatch) * static_cast<std::size_t>(group.world());
    const std::size_t begin = static_cast<std::size_t>(kScoreBatch) * static_cast<std::size_t>(group.rank());
    for (std::size_t first = begin; first < wanted.size(); first += stride, ++left_) {
      LoadRequest request;
      for (std::size_t i = first; i < std::min(first + kScoreBatch, wanted.size()); ++i)
        request.items.push_back({wanted[i], 0});
      loader_.push(std::move(request));
    }
  }
  bool are_left() const { return left_ > 0; }

  void score_next(Classifier& classifier, Precision precision, std::vector<SampleScore>& scores) {
    --left_;
    CropBatch batch = loader_.next();
    const at::Tensor images = place_.images(batch, samples_.crop_px(), precision);
    const std::vector<SampleScore> of_batch = score_images(classifier, precision, images, batch.labels);
    scores.insert(scores.end(), of_batch.begin(), of_batch.end());
    loader_.recycle(std::move(batch));
  }

 private:
  const SampleList& samples_;
  const ComputePlace& place_;
  Loader loader_;
  std::size_t left_ = 0;
};

/// After a batch of each rank: whether one has failed, or is to stop. A rank without a batch joins with zeros.
void agree_to_go_on(Communicator& group, const std::optional<Fault>& fault, bool stop) {
  std::array<std::int64_t, 2> words = {fault ? 1 : 0, stop ? 1 : 0};
  if (group.world() > 1) group.all_reduce_sum(std::span(words));
  if (words[0] > 0) {
    agree(group, "scoring", [&] {
      if (fault) throw Error(*fault);
    });
  }
  if (words[1] > 0)
    throw AgreedError(ErrorKind::kStopped, "scoring was stopped; it begins again when the trial goes on");
}

/// Batch b is of rank b modulo world.
std::vector<SampleScore> in_order(const std::vector<std::vector<std::byte>>& gathered, std::size_t samples) {
  std::vector<SampleScore> scores(samples);
  std::vector<std::size_t> taken(gathered.size(), 0);
  for (std::size_t first = 0, batch = 0; first < samples; first += kScoreBatch, ++batch) {
    const std::size_t rank = batch % gathered.size();
    const std::size_t count = std::min<std::size_t>(kScoreBatch, samples - first);
    std::memcpy(scores.data() + first, gathered[rank].data() + taken[rank] * sizeof(SampleScore),
                count * sizeof(SampleScore));
    taken[rank] += count;
  }
  return scores;
}

}  // namespace

std::vector<SampleScore> score_images(Classifier& classifier, Precision precision, const at::Tensor& images,
                                      std::span<const std::int64_t> labels) {
  ForwardContext context;
  context.precision = precision;
  return score_logits(classifier.forward(images, context), labels);
}

std::vector<SampleScore> score_logits(const at::Tensor& logits, std::span<const std::int64_t> labels) {
  const at::Tensor pairs = logits.to(at::kCPU).contiguous();
  const float* values = pairs.const_data_ptr<float>();
  std::vector<SampleScore> scores;
  for (std::size_t i = 0; i < labels.size(); ++i)
    scores.push_back(score_of(values[2 * i], values[2 * i + 1], labels[i]));
  return scores;
}

std::vector<SampleScore> score_samples(Classifier& classifier, Precision precision, const SampleList& samples,
                                       std::span<const std::uint32_t> wanted, Communicator& group,
                                       const ComputePlace& place, const ScoreControl& control) {
  const at::NoGradGuard no_grad;
  std::optional<OwnBatches> own;
  std::vector<SampleScore> mine;
  agree(group, "scoring", [&] { own.emplace(samples, wanted, group, place, control.loader_threads); });
  const std::size_t stride = static_cast<std::size_t>(kScoreBatch) * static_cast<std::size_t>(group.world());
  for (std::size_t first = 0; first < wanted.size(); first += stride) {
    std::optional<Fault> fault;
    bool stop = false;
    try {
      fault_point("score");
      if (own->are_left()) {
        with_memory_errors([&] { own->score_next(classifier, precision, mine); });
        const auto percent = static_cast<int>(std::min(first + stride, wanted.size()) * 100 / wanted.size());
        if (control.after_batch) with_memory_errors([&] { control.after_batch(percent); });
      }
      stop = control.stop && control.stop();
    } catch (...) {
      fault = current_fault();
    }
    agree_to_go_on(group, fault, stop);
  }
  const auto gathered = group.all_gather(std::as_bytes(std::span(mine)));
  std::vector<SampleScore> scores;
  agree(group, "scoring", [&] { scores = in_order(gathered, wanted.size()); });
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
