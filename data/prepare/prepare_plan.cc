#include "data/prepare/prepare_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "data/prepare/preprocessing.h"
#include "data/printable.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceFrames = 512, kTrackedFrames = 4096;  // of a piece of a video
// Guesses that only say which units are long: a frame's face search, and decoding a million pixels.
constexpr double kSearchSeconds = 0.06, kDecodeSecondsPerMegapixel = 0.003, kUsualMegapixels = 1;

using VideoKey = std::tuple<std::uint8_t, std::string, std::string, std::string, std::optional<Split>>;
VideoKey video_key(const SourceEntry& entry) {
  return {entry.label, entry.method, entry.compression, entry.video, entry.split};
}

/// Rules of a frame alone may be cut anywhere. Who is who is told within a piece, whose crops wait in memory for that.
std::size_t piece_frames(FaceChoice faces) {
  return faces == FaceChoice::kBest || faces == FaceChoice::kLargest ? kPieceFrames : kTrackedFrames;
}

PrepareClip video_clip(const PrepareListing& listing, const SourceFacts& facts, std::size_t source) {
  const SourceEntry& entry = listing.sources[source].entry;
  const FrameRule rule = rule_of(listing.options, entry.dataset, entry.method, true);
  PrepareClip clip{{source}, picked_frames(rule, facts.frames, facts.duration_s)};
  if (clip.numbers.empty()) clip.numbers = {0};  // a row tells what is wrong with it
  return clip;
}

/// Of the pictures of one video those that the rule takes.
PrepareClip picture_clip(const PrepareListing& listing, std::vector<std::size_t> pictures) {
  std::ranges::stable_sort(pictures, {}, [&](std::size_t source) { return listing.sources[source].entry.frame; });
  const SourceEntry& entry = listing.sources[pictures.front()].entry;
  const FrameRule rule = rule_of(listing.options, entry.dataset, entry.method, false);
  PrepareClip clip;
  for (const std::uint32_t i : picked_frames(rule, static_cast<std::int64_t>(pictures.size()), 0)) {
    clip.sources.push_back(pictures[i]);
  }
  return clip;
}

/// In the order of their first sources.
std::vector<PrepareClip> clips_of(const PrepareListing& listing, const std::vector<SourceFacts>& facts,
                                  const PrepareDataset& dataset) {
  std::vector<std::vector<std::size_t>> videos;
  std::map<VideoKey, std::size_t> numbers;
  for (std::size_t source = dataset.first; source < dataset.first + dataset.count; ++source) {
    const SourceEntry& entry = listing.sources[source].entry;
    std::size_t number = videos.size();
    if (entry.kind != SourceKind::kVideo) number = numbers.try_emplace(video_key(entry), number).first->second;
    if (number == videos.size()) videos.emplace_back();
    videos[number].push_back(source);
  }
  std::vector<PrepareClip> clips;
  for (std::vector<std::size_t>& video : videos) {
    const std::size_t first = video.front();
    clips.push_back(listing.sources[first].entry.kind == SourceKind::kVideo ? video_clip(listing, facts[first], first)
                                                                            : picture_clip(listing, std::move(video)));
  }
  return clips;
}

template <typename Value>
std::vector<Value> part_of(const std::vector<Value>& values, std::size_t first, std::size_t count) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

/// Equal pieces of `most` frames at most.
std::vector<PrepareClip> pieces_of(const PrepareClip& clip, std::size_t most) {
  const std::size_t count = (clip.rows() + most - 1) / most;
  std::vector<PrepareClip> pieces;
  for (std::size_t i = 0, first = 0; i < count; ++i) {
    const std::size_t end = clip.rows() * (i + 1) / count;
    pieces.push_back(clip.numbers.empty() ? PrepareClip{part_of(clip.sources, first, end - first), {}}
                                          : PrepareClip{clip.sources, part_of(clip.numbers, first, end - first)});
    first = end;
  }
  return pieces;
}

double cost_s(const PrepareClip& clip, const std::vector<SourceFacts>& facts) {
  const auto rows = static_cast<double>(clip.rows());
  if (clip.numbers.empty()) return rows * (kSearchSeconds + kUsualMegapixels * kDecodeSecondsPerMegapixel);
  const SourceFacts& video = facts[clip.sources.front()];
  const double megapixels = 1e-6 * video.width * video.height;
  const double decoded = clip.numbers.back() - clip.numbers.front() + 1;
  return rows * kSearchSeconds + decoded * megapixels * kDecodeSecondsPerMegapixel;
}

void add_units(PreparePlan& plan, std::size_t dataset) {
  const PrepareListing& listing = plan.listing;
  std::vector<PrepareClip> pieces;
  for (const PrepareClip& clip : clips_of(listing, plan.facts, listing.datasets[dataset])) {
    std::ranges::move(pieces_of(clip, piece_frames(listing.options.faces)), std::back_inserter(pieces));
  }
  PrepareUnit unit{dataset, 0, {}, 0};
  std::size_t rows = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    unit.cost_s += cost_s(pieces[i], plan.facts);
    rows += pieces[i].rows();
    unit.clips.push_back(std::move(pieces[i]));
    if (rows < static_cast<std::size_t>(listing.options.unit_frames) && i + 1 < pieces.size()) continue;
    plan.units.push_back(unit);
    unit = {dataset, unit.number + 1, {}, 0};
    rows = 0;
  }
}

}  // namespace

PreparePlan make_plan(PrepareListing listing, std::vector<SourceFacts> facts) {
  PreparePlan plan{std::move(listing), std::move(facts), {}};
  for (std::size_t i = 0; i < plan.listing.datasets.size(); ++i) {
    if (!plan.listing.datasets[i].done) add_units(plan, i);
  }
  return plan;
}

bool is_probed(const PrepareListing& listing, std::size_t source) {
  return listing.sources[source].entry.kind == SourceKind::kVideo;
}

std::vector<std::size_t> probes_of_rank(const PrepareListing& listing, int rank, int world) {
  std::vector<std::size_t> mine;
  std::size_t probes = 0;
  for (const PrepareDataset& dataset : listing.datasets) {
    for (std::size_t source = dataset.first; !dataset.done && source < dataset.first + dataset.count; ++source) {
      if (!is_probed(listing, source)) continue;
      if (probes++ % static_cast<std::size_t>(world) == static_cast<std::size_t>(rank)) mine.push_back(source);
    }
  }
  return mine;
}

std::string parts_there(const PreparePlan& plan) {
  std::string there;
  std::error_code ignored;
  for (const PrepareUnit& unit : plan.units) there += fs::exists(part_file(plan, unit), ignored) ? '1' : '0';
  return there;
}

void mark_there(PreparePlan& plan, const std::string& there) {
  constexpr double kLookingThrough = 0.01;  // of the time that making it takes
  for (std::size_t i = 0; i < plan.units.size(); ++i) {
    if (plan.units[i].is_there || i >= there.size() || there[i] != '1') continue;
    plan.units[i].is_there = true;
    plan.units[i].cost_s *= kLookingThrough;
  }
}

std::int64_t frames_of(const PrepareUnit& unit) {
  std::int64_t frames = 0;
  for (const PrepareClip& clip : unit.clips) frames += static_cast<std::int64_t>(clip.rows());
  return frames;
}

std::vector<std::size_t> units_of_rank(const PreparePlan& plan, int rank, int world) {
  std::vector<std::size_t> order(plan.units.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t unit) { return plan.units[unit].cost_s; });
  std::vector<std::pair<double, int>> load;  // a heap: the rank with the least on top
  for (int other = 0; other < world; ++other) load.emplace_back(0, other);
  std::vector<std::size_t> mine;
  for (const std::size_t unit : order) {
    std::ranges::pop_heap(load, std::ranges::greater());
    if (load.back().second == rank) mine.push_back(unit);
    load.back().first += plan.units[unit].cost_s;
    std::ranges::push_heap(load, std::ranges::greater());
  }
  return mine;
}

FrameInfo frame_of(const PreparePlan& plan, const PrepareClip& clip, std::size_t row) {
  const std::size_t index = clip.numbers.empty() ? clip.sources[row] : clip.sources.front();
  const PrepareSource& source = plan.listing.sources[index];
  const SourceEntry& entry = source.entry;
  FrameInfo info;
  info.label = entry.label;
  info.dataset = entry.dataset;
  info.method = entry.method;
  info.compression = entry.compression;
  info.video = entry.video;
  info.target_identity = entry.target_identity;
  info.source_identity = entry.source_identity;
  info.split = entry.split.value_or(Split::kTrain);
  info.frame = clip.numbers.empty() ? entry.frame : clip.numbers[row];
  info.detector = to_word(plan.listing.options.detector);
  info.source = printable(entry.file.native());
  info.source_bytes = source.bytes;
  info.source_digest = plan.facts[index].digest;
  return info;
}

fs::path file_of(const PrepareListing& listing, std::size_t source) {
  return listing.folder / listing.sources[source].entry.file;
}

std::string preprocessing_of(const PrepareListing& listing, const PrepareDataset& dataset) {
  return preprocessing_of(listing, dataset, listing.detector_version);
}

std::string preprocessing_of(const PrepareListing& listing, const PrepareDataset& dataset,
                             const std::string& detector_version) {
  const auto first = listing.sources.begin() + static_cast<std::ptrdiff_t>(dataset.first);
  const bool imported = std::any_of(first, first + static_cast<std::ptrdiff_t>(dataset.count),
                                    [](const auto& source) { return source.entry.kind == SourceKind::kNpyCrop; });
  return preprocessing_json(listing.options, detector_version, imported);
}

fs::path plan_file(const PrepareListing& listing, const PrepareDataset& dataset) {
  return prepared_path(listing.options.stores, dataset.name) += ".plan";
}

fs::path parts_folder(const PrepareListing& listing, const PrepareDataset& dataset) {
  return prepared_path(listing.options.stores, dataset.name).replace_extension(".parts");
}

fs::path part_file(const PreparePlan& plan, const PrepareUnit& unit) {
  const PrepareDataset& dataset = plan.listing.datasets[unit.dataset];
  std::string number = std::to_string(unit.number);
  number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
  return parts_folder(plan.listing, dataset) / dataset.digest / ("unit-" + number + ".crops");
}

}  // namespace unmask
