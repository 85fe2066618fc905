#include "data/audit/split_census.h"

#include <algorithm>
#include <iterator>

#include "base/table_text.h"
#include "data/store/crop_store.h"

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

void SplitCensus::add(const FrameInfo& frame) {
  if (frame.status != FrameStatus::kOk) {
    ++without_crop;
    return;
  }
  ++(frame.label != 0 ? fake : real);
  videos.insert(frame.method + " " + (frame.compression.empty() ? "" : frame.compression + " ") + frame.video);
  if (!frame.target_identity.empty()) identities.insert(frame.target_identity);
}

SplitCensus take_census(const std::filesystem::path& store, const std::string& dataset, Split split) {
  SplitCensus census;
  census.dataset = dataset;
  census.split = split;
  const CropStore crops(store);
  for (std::size_t row = 0; row < crops.size(); ++row) census.add(crops.frame(row));
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

}  // namespace unmask
