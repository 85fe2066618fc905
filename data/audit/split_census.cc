#include "data/audit/split_census.h"

#include <algorithm>
#include <iterator>

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

}  // namespace

void SplitCensus::add_video(const VideoNames& names) {
  std::string video(names.method);
  video += ' ';
  if (!names.compression.empty()) (video += names.compression) += ' ';
  videos.insert(video += names.video);
  if (!names.target_identity.empty()) identities.emplace(names.target_identity);
}

SplitCensus take_census(const std::filesystem::path& store, const std::string& dataset, Split split) {
  SplitCensus census;
  census.dataset = dataset;
  census.split = split;
  const CropStore crops(store);
  census.crop_px = crops.crop_px();
  VideoNames last;
  for (std::size_t row = 0; row < crops.size(); ++row) {
    if (!crops.has_crop(row)) {
      ++census.without_crop;
      continue;
    }
    census.add_crop(crops.label(row));
    // The frames of a video stand together: names are looked up once a video, not once a frame.
    if (const VideoNames names = crops.video_names(row); names != last) census.add_video(last = names);
  }
  return census;
}

std::string census_table(const std::vector<SplitCensus>& splits) {
  TextTable table({"dataset", "split", "real", "fake", "without a face", "videos", "identities"});
  for (const SplitCensus& census : splits) {
    table.add({census.dataset, to_word(census.split), std::to_string(census.real), std::to_string(census.fake),
               std::to_string(census.without_crop), std::to_string(census.videos.size()),
               std::to_string(census.identities.size())});
  }
  return table.text();
}

std::string SplitLeak::text() const {
  std::string both;
  if (!videos.empty()) both = counted(videos, "video", "videos");
  if (!identities.empty())
    both += (both.empty() ? "" : " and ") + counted(identities, "target identity", "target identities");
  return "dataset " + dataset + ": " + both + " in both " + to_word(first) + " and " + to_word(second);
}

std::optional<SplitLeak> leak_between(const SplitCensus& first, const SplitCensus& second) {
  if (first.dataset != second.dataset) return std::nullopt;
  SplitLeak leak{first.dataset, first.split, second.split, shared(first.videos, second.videos),
                 shared(first.identities, second.identities)};
  return leak.videos.empty() && leak.identities.empty() ? std::nullopt : std::optional(std::move(leak));
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

}  // namespace unmask
