#include "data/audit/split_census.h"

#include <algorithm>
#include <iterator>

#include "base/number_text.h"
#include "base/table_text.h"

namespace unmask {
namespace {

constexpr std::size_t kExamples = 3;

/// "5 videos (p1, p2, p3, …)"
std::string counted(const std::vector<std::string>& names, const std::string& one, const std::string& many) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kExamples); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kExamples) text += ", …";
  return std::to_string(names.size()) + " " + (names.size() == 1 ? one : many) + " (" + text + ")";
}

std::vector<std::string> shared(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

/// "12", or "12 (3.1%)" of all.
std::string counted_rate(std::int64_t count, std::int64_t others) {
  if (count == 0) return "0";
  return std::to_string(count) + " (" +
         fixed_text(100 * static_cast<double>(count) / static_cast<double>(count + others), 1) + "%)";
}

std::vector<std::string> names_of(const std::map<std::string, std::uint8_t>& videos) {
  std::vector<std::string> names;
  for (const auto& [name, labels] : videos) names.push_back(name);
  return names;
}

std::vector<std::string> people_of(const SplitCensus& split) {
  std::vector<std::string> people;
  std::ranges::set_union(split.targets, split.sources, std::back_inserter(people));
  return people;
}

template <typename Names>
std::vector<std::string> shared(const Names& a, const Names& b) {
  std::vector<std::string> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

std::optional<SplitLeak> leak_of(const SplitCensus& first, const SplitCensus& second) {
  SplitLeak leak{first.dataset, second.dataset, first.split, second.split, {}, {}, {}};
  leak.videos = shared(names_of(first.videos), names_of(second.videos));
  leak.targets = shared(first.targets, second.targets);
  std::ranges::set_difference(shared(people_of(first), people_of(second)), leak.targets,
                              std::back_inserter(leak.sources));
  const bool none = leak.videos.empty() && leak.targets.empty() && leak.sources.empty();
  return none ? std::nullopt : std::optional(std::move(leak));
}

/// Videos that are real and fake: by the name of their dataset and their own, the splits in which they are.
std::vector<LabelConflict> videos_of_two_labels(const std::vector<SplitCensus>& splits) {
  struct Seen {
    std::string real, fake;
  };
  std::map<std::pair<std::string, std::string>, Seen> seen;
  for (const SplitCensus& split : splits) {
    for (const auto& [video, labels] : split.videos) {
      Seen& in = seen[{split.dataset, video}];
      if ((labels & 1) != 0 && in.real.empty()) in.real = split.name() + " " + video;
      if ((labels & 2) != 0 && in.fake.empty()) in.fake = split.name() + " " + video;
    }
  }
  std::vector<LabelConflict> conflicts;
  for (auto& [video, in] : seen) {
    if (!in.real.empty() && !in.fake.empty()) conflicts.push_back({std::move(in.real), std::move(in.fake), 0});
  }
  return conflicts;
}

struct PlacedRecord {
  int crop_px;
  CropEncoding encoding;
  std::uint64_t digest;
  std::uint8_t label;
  std::size_t split, run;
  auto operator<=>(const PlacedRecord&) const = default;
  bool equals(const PlacedRecord& other) const {
    return crop_px == other.crop_px && encoding == other.encoding && digest == other.digest;
  }
};

/// Every fake crop beside the first real one that has its pixels.
std::vector<LabelConflict> crops_of_two_labels(const std::vector<SplitCensus>& splits) {
  std::vector<PlacedRecord> all;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    for (const SplitCensus::Record& record : splits[i].records)
      all.push_back({splits[i].crop_px, splits[i].encoding, record.digest, record.label, i, record.run});
  }
  std::ranges::sort(all);  // of equal pixels the real ones come first
  const auto name_of = [&](const PlacedRecord& at) {
    return splits[at.split].name() + " " + splits[at.split].runs[at.run];
  };
  std::map<std::pair<std::string, std::string>, std::int64_t> pairs;
  const PlacedRecord* real = nullptr;
  for (const PlacedRecord& record : all) {
    if (real != nullptr && !real->equals(record)) real = nullptr;
    if (record.label == 0 && real == nullptr) real = &record;
    if (record.label != 0 && real != nullptr) ++pairs[{name_of(*real), name_of(record)}];
  }
  std::vector<LabelConflict> conflicts;
  for (const auto& [pair, crops] : pairs) conflicts.push_back({pair.first, pair.second, crops});
  return conflicts;
}

}  // namespace

std::string video_key(const VideoNames& names) {
  std::string video(names.method);
  video += ' ';
  if (!names.compression.empty()) (video += names.compression) += ' ';
  return video += names.video;
}

void SplitCensus::add_video(const VideoNames& names) {
  runs.push_back(video_key(names));
  videos.try_emplace(runs.back(), 0);
  if (!names.target_identity.empty()) targets.emplace(names.target_identity);
  if (!names.source_identity.empty()) sources.emplace(names.source_identity);
}

void SplitCensus::add_crop(std::uint8_t label, std::uint64_t digest) {
  ++(label != 0 ? fake : real);
  videos.at(runs.back()) |= label != 0 ? 2 : 1;
  records.push_back({digest, static_cast<std::uint32_t>(runs.size() - 1), label});
}

void SplitCensus::add_without_crop(std::uint8_t label, FrameStatus status) {
  ++without_crop.at(label != 0);
  if (status != FrameStatus::kNoFace) ++unreadable.at(label != 0);
}

SplitCensus take_census(const std::filesystem::path& store, const std::string& dataset, Split split) {
  return take_census(CropStore(store), dataset, split);
}

SplitCensus take_census(const CropStore& crops, const std::string& dataset, Split split) {
  SplitCensus census;
  census.dataset = dataset;
  census.split = split;
  census.crop_px = crops.crop_px();
  census.encoding = crops.encoding();
  census.fingerprint = crops.fingerprint();
  census.records.reserve(crops.size());
  VideoNames last;
  for (std::size_t row = 0; row < crops.size(); ++row) {
    if (!crops.has_crop(row)) {
      census.add_without_crop(crops.label(row), crops.status(row));
      continue;
    }
    // The frames of a video stand together: names are looked up once a video, not once a frame.
    const VideoNames names = crops.video_names(row);
    if (census.runs.empty() || names != last) census.add_video(last = names);
    census.add_crop(crops.label(row), crops.record_digest(row));
  }
  return census;
}

std::string census_table(const std::vector<SplitCensus>& splits) {
  TextTable table(
      {"dataset", "split", "real", "fake", "real without a face", "fake without a face", "videos", "identities"});
  for (const SplitCensus& census : splits) {
    table.add({census.dataset, to_word(census.split), std::to_string(census.real), std::to_string(census.fake),
               counted_rate(census.without_crop[0], census.real), counted_rate(census.without_crop[1], census.fake),
               std::to_string(census.videos.size()), std::to_string(census.targets.size())});
  }
  return table.text();
}

std::string SplitLeak::text() const {
  std::string both;
  const auto add = [&](const std::vector<std::string>& names, const std::string& one, const std::string& many) {
    if (!names.empty()) both += (both.empty() ? "" : " and ") + counted(names, one, many);
  };
  add(videos, "video", "videos");
  add(targets, "target identity", "target identities");
  add(sources, "source identity", "source identities");
  if (first_dataset == second_dataset)
    return "dataset " + first_dataset + ": " + both + " in both " + to_word(first) + " and " + to_word(second);
  return both + " in both " + first_dataset + "/" + to_word(first) + " and " + second_dataset + "/" + to_word(second);
}

std::string LabelConflict::text() const {
  if (crops == 0) return real + (real == fake ? " has crops of both labels" : " is real, " + fake + " is fake");
  return std::to_string(crops) + (crops == 1 ? " crop" : " crops") + " with equal pixels: real in " + real +
         ", fake in " + fake;
}

std::optional<SplitLeak> leak_between(const SplitCensus& first, const SplitCensus& second) {
  return first.dataset == second.dataset ? leak_of(first, second) : std::nullopt;
}

std::vector<SplitLeak> leaks_among(const std::vector<SplitCensus>& splits) {
  std::vector<SplitLeak> leaks;
  for (auto split = splits.begin(); split != splits.end(); ++split) {
    for (auto other = split + 1; other != splits.end(); ++other) {
      if (auto leak = leak_between(*split, *other)) leaks.push_back(std::move(*leak));
    }
  }
  return leaks;
}

std::vector<SplitLeak> leaks_across(const std::vector<SplitCensus>& splits) {
  std::vector<SplitLeak> leaks;
  for (auto split = splits.begin(); split != splits.end(); ++split) {
    for (auto other = split + 1; other != splits.end(); ++other) {
      if (split->dataset == other->dataset || split->split == other->split) continue;
      if (auto leak = leak_of(*split, *other)) leaks.push_back(std::move(*leak));
    }
  }
  return leaks;
}

std::vector<LabelConflict> label_conflicts(const std::vector<SplitCensus>& splits) {
  std::vector<LabelConflict> conflicts = videos_of_two_labels(splits);
  for (LabelConflict& crops : crops_of_two_labels(splits)) conflicts.push_back(std::move(crops));
  return conflicts;
}

}  // namespace unmask
