#include "data/prepare/prepare_estimate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <opencv2/core.hpp>

#include "base/seconds_since.h"
#include "data/prepare/clip_preparer.h"
#include "data/store/crop_layout.h"
#include "data/store/jpeg_codec.h"

namespace unmask {
namespace {

constexpr std::size_t kTimedVideos = 4, kTimedFrames = 3;

/// A few frames from the middle of a clip.
PrepareClip middle_of(const PrepareClip& clip) {
  const std::size_t count = std::min(clip.rows(), kTimedFrames);
  const std::size_t first = (clip.rows() - count) / 2;
  PrepareClip middle;
  for (std::size_t row = first; row < first + count; ++row) {
    if (clip.numbers.empty()) {
      middle.sources.push_back(clip.sources[row]);
    } else {
      middle.numbers.push_back(clip.numbers[row]);
    }
  }
  if (middle.sources.empty()) middle.sources = clip.sources;
  return middle;
}

double record_bytes(const PrepareOptions& options, const std::vector<std::uint8_t>& crop) {
  if (options.encoding == CropEncoding::kRaw) {
    return static_cast<double>(crop_layout::round_up(crop.size(), crop_layout::kRawAlign));
  }
  return static_cast<double>(
      crop_layout::round_up(encode_jpeg95(crop, options.crop_px).size(), crop_layout::kJpegAlign));
}

/// What a few frames of the clips gave.
struct Timed {
  std::int64_t frames = 0, crops = 0;
  double seconds = 0, bytes = 0;
};

Timed time_frames(const PreparePlan& plan, const std::vector<const PrepareClip*>& clips, ClipPreparer& preparer) {
  Timed timed;
  const std::size_t count = std::min(clips.size(), kTimedVideos);
  for (std::size_t i = 0; i < count; ++i) {
    const PrepareClip middle = middle_of(*clips[(2 * i + 1) * clips.size() / (2 * count)]);
    const auto start = std::chrono::steady_clock::now();
    const std::vector<PreparedRow> rows = preparer.prepare(plan, middle, {});
    timed.seconds += seconds_since(start);
    timed.frames += static_cast<std::int64_t>(middle.rows());
    for (const PreparedRow& row : rows) {
      if (row.crop.empty()) continue;
      ++timed.crops;
      timed.bytes += record_bytes(plan.listing.options, row.crop);
    }
  }
  return timed;
}

}  // namespace

std::vector<PrepareEstimate> estimate_work(const PreparePlan& plan) {
  cv::setNumThreads(1);
  ClipPreparer preparer(plan.listing.options);
  std::vector<PrepareEstimate> estimates;
  for (std::size_t i = 0; i < plan.listing.datasets.size(); ++i) {
    PrepareEstimate& e = estimates.emplace_back();
    e.dataset = plan.listing.datasets[i].name;
    std::vector<const PrepareClip*> clips;
    const PrepareClip* before = nullptr;
    for (const PrepareUnit& unit : plan.units) {
      if (unit.dataset != i) continue;
      for (const PrepareClip& clip : unit.clips) {
        const bool same_video = before != nullptr && before->sources == clip.sources;
        before = &clip;
        e.videos += same_video ? 0 : 1;
        if (!clip.numbers.empty() && plan.facts[clip.sources.front()].frames == 0) {
          ++e.unreadable;
          continue;
        }
        e.frames += static_cast<std::int64_t>(clip.rows());
        clips.push_back(&clip);
      }
    }
    const Timed timed = time_frames(plan, clips, preparer);
    e.timed = timed.frames;
    if (timed.frames == 0) continue;
    const double share = static_cast<double>(e.frames) / static_cast<double>(timed.frames);
    e.crops = share * static_cast<double>(timed.crops);
    e.store_bytes = share * timed.bytes + static_cast<double>(e.frames) * sizeof(crop_layout::Row);
    e.core_hours = share * timed.seconds / 3600;
  }
  return estimates;
}

}  // namespace unmask
