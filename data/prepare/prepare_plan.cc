#include "data/prepare/prepare_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// What a video is known by within a store.
auto video_key(const FrameInfo& frame) { return std::tie(frame.label, frame.method, frame.compression, frame.video); }
using VideoKey = std::tuple<std::uint8_t, std::string, std::string, std::string>;

}  // namespace

std::vector<PrepareUnit> plan_units(std::size_t store, std::span<const FrameInfo> frames, int unit_frames) {
  std::map<VideoKey, std::size_t> last_rows;
  for (std::size_t row = 0; row < frames.size(); ++row) last_rows[video_key(frames[row])] = row;
  std::vector<PrepareUnit> units;
  std::size_t first = 0, whole_at = 0;  // the first row after which every video that has begun has ended
  for (std::size_t row = 0; row < frames.size(); ++row) {
    whole_at = std::max(whole_at, last_rows.at(video_key(frames[row])));
    const std::size_t count = row + 1 - first;
    const bool full = whole_at == row && count >= static_cast<std::size_t>(unit_frames);
    if (!full && row + 1 < frames.size()) continue;
    units.push_back({store, first, count});
    first = row + 1;
  }
  return units;
}

std::vector<std::vector<std::size_t>> videos_of(const PreparePlan& plan, const PrepareUnit& unit) {
  const PrepareStore& store = plan.stores[unit.store];
  std::map<VideoKey, std::size_t> numbers;
  std::vector<std::vector<std::size_t>> videos;
  for (std::size_t row = unit.first; row < unit.first + unit.count; ++row) {
    const auto [number, is_new] = numbers.try_emplace(video_key(store.frames[row]), videos.size());
    if (is_new) videos.emplace_back();
    videos[number->second].push_back(row);
  }
  for (std::vector<std::size_t>& rows : videos) {
    std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return store.frames[row].frame; });
  }
  return videos;
}

std::vector<std::size_t> units_of_rank(std::size_t units, int rank, int world) {
  std::vector<std::size_t> mine;
  for (auto unit = static_cast<std::size_t>(rank); unit < units; unit += static_cast<std::size_t>(world)) {
    mine.push_back(unit);
  }
  return mine;
}

std::string store_name(const PrepareStore& store) { return store.dataset + "/" + to_word(store.split); }

fs::path store_file(const PreparePlan& plan, const PrepareStore& store) {
  return store_path(plan.options.stores, store.dataset, store.split);
}

fs::path plan_file(const PreparePlan& plan, const PrepareStore& store) { return store_file(plan, store) += ".plan"; }

fs::path parts_folder(const PreparePlan& plan, const PrepareStore& store) {
  return store_file(plan, store).replace_extension(".parts");
}

fs::path part_file(const PreparePlan& plan, const PrepareUnit& unit) {
  const PrepareStore& store = plan.stores[unit.store];
  const std::string rows = std::to_string(unit.first) + "-" + std::to_string(unit.first + unit.count - 1);
  return parts_folder(plan, store) / store.digest / ("rows-" + rows + ".crops");
}

}  // namespace unmask
