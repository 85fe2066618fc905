#include "launch/run/audit_runner.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/number_text.h"
#include "base/seconds_since.h"
#include "data/audit/candidate_matcher.h"
#include "data/audit/shortcut_features.h"
#include "dist/agreement.h"
#include "launch/progress_line.h"

namespace unmask {
namespace {

constexpr std::size_t kShowEvery = 100;

/// What is kept of a crop.
struct SeenCrop {
  CropSketch sketch;
  CropLook look;
};

/// Values of all ranks, in rank order. COLLECTIVE.
template <typename Value>
std::vector<Value> gather(Communicator& world, const std::vector<Value>& mine) {
  std::vector<Value> all;
  for (const std::vector<std::byte>& bytes : world.all_gather(std::as_bytes(std::span(mine)))) {
    const std::size_t before = all.size();
    all.resize(before + bytes.size() / sizeof(Value));
    if (!bytes.empty()) std::memcpy(all.data() + before, bytes.data(), bytes.size());
  }
  return all;
}

class AuditRunner {
 public:
  AuditRunner(const std::vector<AuditStore>& stores, Session& session, RankWatch& watch)
      : session_(session), world_(session.world()), watch_(watch) {
    agree(world_, "audit", [&] { crops_.emplace(stores); });
    require_same_stores();
  }

  /// On rank zero.
  AuditReport names(const std::vector<AuditStore>& stores) const {
    std::vector<SplitCensus> splits;
    for (std::size_t i = 0; i < stores.size(); ++i)
      splits.push_back(take_census(crops_->stores()[i], stores[i].dataset, stores[i].split));
    return audit_names(std::move(splits));
  }

  std::vector<SeenCrop> look_at_crops() {
    std::vector<SeenCrop> mine;
    agree(world_, "audit", [&] {
      const Shard shard = shard_of(world_.rank(), world_.world(), crops_->size());
      const auto start = std::chrono::steady_clock::now();
      ProgressLine progress;
      std::vector<std::uint8_t> rgb;
      const std::vector<std::uint32_t> are_probes = probe_crops(crops_->video_of());
      for (std::size_t i = shard.begin; i < shard.end; ++i) {
        crops_->read(i, rgb);
        mine.push_back({sketch_crop(rgb, crops_->crop_px(i)), look_of_crop(rgb, crops_->crop_px(i))});
        if (std::ranges::binary_search(are_probes, i))
          probes_.push_back(probe_crop(static_cast<std::uint32_t>(i), rgb, crops_->crop_px(i)));
        crops_->forget(i);
        watch_.advance("looking at crops");
        if (session_.speaks() && mine.size() % kShowEvery == 0)
          progress.show(rate_line(mine.size(), shard.end - shard.begin, seconds_since(start)));
      }
    });
    return gather(world_, mine);
  }

  std::vector<NearDuplicate> near_duplicates(const std::vector<CropSketch>& sketches) {
    const auto shard = [&](std::size_t count) { return shard_of(world_.rank(), world_.world(), count); };
    std::vector<DuplicateCandidate> mine;
    agree(world_, "audit", [&] {
      mine = find_candidates(sketches, crops_->video_of(), crops_->videos(), shard(sketches.size()), probes_);
      watch_.advance("comparing crops");
    });
    const std::vector<DuplicateCandidate> candidates = merge_candidates(gather(world_, mine), crops_->video_of());
    std::vector<CropMatch> matches;
    agree(world_, "audit", [&] {
      CandidateMatcher matcher(*crops_);
      for (const CropProbe& probe : std::exchange(probes_, {})) matcher.keep(probe);
      const Shard part = shard(candidates.size());
      for (std::size_t i = part.begin; i < part.end; ++i) {
        matches.push_back(matcher.match(candidates[i]));
        watch_.advance("comparing pixels");
      }
    });
    return confirmed_duplicates(candidates, gather(world_, matches), *crops_);
  }

  /// On rank zero.
  std::vector<ShortcutProbe> shortcuts(const std::vector<CropLook>& looks) const {
    std::set<std::string> datasets;
    for (const AuditVideo& video : crops_->videos()) datasets.insert(video.dataset);
    std::vector<ShortcutProbe> probes;
    for (const std::string& dataset : datasets) {
      ShortcutTable table = shortcut_table(*crops_, looks, dataset);
      for (ShortcutProbe& probe : probe_shortcuts(std::move(table.videos), table.groups)) {
        probe.dataset = dataset;
        probes.push_back(std::move(probe));
      }
    }
    return probes;
  }

 private:
  /// Ranks on several hosts may see different files under one path.
  void require_same_stores() {
    std::string mine;
    for (const CropStore& store : crops_->stores()) mine += to_hex(store.fingerprint());
    for (const std::string& theirs : all_gather_text(world_, mine)) {
      if (theirs != mine)
        throw AgreedError(ErrorKind::kData, "audit: the ranks see different stores under these names");
    }
  }

  /// This rank's share is as large as any other's.
  std::string rate_line(std::size_t done, std::size_t all, double seconds) const {
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    return "audit: " + fixed_text(100 * static_cast<double>(done) / static_cast<double>(all), 0) + "% of the crops, " +
           fixed_text(rate * world_.world(), 0) + " crops/s, " +
           duration_text(rate > 0 ? static_cast<double>(all - done) / rate : -1) + " left";
  }

  Session& session_;
  Communicator& world_;
  RankWatch& watch_;
  std::optional<AuditCrops> crops_;
  std::vector<CropProbe> probes_;  // of this rank's share
};

}  // namespace

AuditReport run_audit(const std::vector<AuditStore>& stores, bool with_crops, Session& session, RankWatch& watch) {
  AuditRunner runner(stores, session, watch);
  AuditReport report;
  if (session.speaks()) report = runner.names(stores);
  if (!with_crops) return report;
  std::vector<CropSketch> sketches;
  std::vector<CropLook> looks;
  for (const SeenCrop& crop : runner.look_at_crops()) sketches.push_back(crop.sketch), looks.push_back(crop.look);
  std::vector<NearDuplicate> duplicates = runner.near_duplicates(sketches);
  if (!session.speaks()) return report;
  report.has_crops = true;
  report.duplicates = std::move(duplicates);
  report.shortcuts = runner.shortcuts(looks);
  return report;
}

}  // namespace unmask
