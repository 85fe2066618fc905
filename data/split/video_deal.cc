#include "data/split/video_deal.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "data/split/video_chains.h"

namespace unmask {
namespace {

using Videos = std::span<const SplitVideo* const>;
using Keys = std::vector<std::string>;

std::string video_key(const SplitVideo& video) {
  return "video " + (video.label == 0 ? "" : video.method + " ") + video.video;
}

/// Where crossing fakes are left out they bind nobody: only the target counts. A video that shows several people, or
/// is there in several compressions, stays one.
Keys identity_keys(const SplitVideo& video, bool leave_out_crossing) {
  Keys keys = {video_key(video)};
  if (!video.target_identity.empty()) keys.push_back("identity " + video.target_identity);
  const bool binds = !leave_out_crossing || video.target_identity.empty();
  if (binds && !video.source_identity.empty()) keys.push_back("identity " + video.source_identity);
  return keys;
}

Keys video_keys(const SplitVideo& video, const std::set<std::string>& originals) {
  Keys keys = {video_key(video)};
  if (video.label == 0) return keys;
  for (const std::string& original : {video.video, video.target_identity}) {
    if (!originals.contains(original)) continue;
    keys.push_back("video " + original);
    break;
  }
  return keys;
}

template <typename KeysOf>
DealtVideos deal(Videos videos, std::span<const SplitShare> shares, std::uint64_t seed, const KeysOf& keys_of) {
  std::vector<VideoLinks> links;
  for (const SplitVideo* video : videos) {
    links.push_back({keys_of(*video), std::uint64_t{video->label == 0}, std::uint64_t{video->label != 0}});
  }
  std::vector<double> numbers;
  for (const SplitShare& share : shares) numbers.push_back(share.share);
  const std::vector<VideoChain> chains = chains_of(links);
  const std::vector<std::size_t> parts = cut_chains(chains, numbers, seed);
  DealtVideos dealt{std::vector<std::optional<Split>>(videos.size()), 0, 0};
  for (std::size_t c = 0; c < chains.size(); ++c) {
    dealt.largest_chain = std::max(dealt.largest_chain, chains[c].videos.size());
    for (const std::size_t i : chains[c].videos) {
      dealt.splits[i] = parts[c] < shares.size() ? shares[parts[c]].split : Split::kTrain;
    }
  }
  return dealt;
}

/// The side of each identity: of a target that of its videos, of one who is only a source that of most of its fakes.
std::map<std::string, Split> sides_of(Videos videos, const DealtVideos& dealt) {
  std::map<std::string, Split> sides;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const SplitVideo& video = *videos[i];
    sides.try_emplace(video.target_identity.empty() ? video.source_identity : video.target_identity, *dealt.splits[i]);
  }
  std::map<std::string, std::map<Split, std::size_t>> fakes;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const std::string& source = videos[i]->source_identity;
    if (!source.empty() && !sides.contains(source)) ++fakes[source][*dealt.splits[i]];
  }
  for (const auto& [source, counts] : fakes) {
    sides[source] = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; })->first;
  }
  return sides;
}

}  // namespace

DealtVideos deal_by_identity(Videos videos, std::span<const SplitShare> shares, const SplitOptions& options) {
  DealtVideos dealt = deal(videos, shares, options.seed,
                           [&](const SplitVideo& video) { return identity_keys(video, options.leave_out_crossing); });
  if (!options.leave_out_crossing) return dealt;
  const std::map<std::string, Split> sides = sides_of(videos, dealt);
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const SplitVideo& video = *videos[i];
    if (video.source_identity.empty() || sides.at(video.source_identity) == *dealt.splits[i]) continue;
    dealt.splits[i] = std::nullopt;
    ++dealt.crossing;
  }
  return dealt;
}

DealtVideos deal_by_video(Videos videos, std::span<const SplitShare> shares, const SplitOptions& options) {
  std::set<std::string> originals;
  for (const SplitVideo* video : videos) {
    if (video->label == 0) originals.insert(video->video);
  }
  return deal(videos, shares, options.seed, [&](const SplitVideo& video) { return video_keys(video, originals); });
}

}  // namespace unmask
