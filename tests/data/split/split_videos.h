// Videos for tests of splits, and what must hold of a split.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/split/split_video.h"

namespace unmask::test {

inline SplitVideo real_video(const std::string& name, const std::string& identity, std::int64_t crops = 3) {
  SplitVideo video;
  video.method = "real", video.compression = "c23", video.video = name, video.target_identity = identity;
  video.rows = crops + 1, video.crops = crops;
  return video;
}

inline SplitVideo fake_video(const std::string& name, const std::string& target, const std::string& source,
                             const std::string& method = "deepfakes") {
  SplitVideo video = real_video(name, target);
  video.label = 1;
  video.method = method, video.source_identity = source;
  return video;
}

/// 1,000 originals and the two fakes of each pair by each method, as FaceForensics++ has them.
inline std::vector<SplitVideo> faceforensics(const std::vector<std::array<std::string, 2>>& pairs) {
  std::vector<SplitVideo> videos;
  for (const auto& [a, b] : pairs) {
    videos.push_back(real_video(a, a));
    videos.push_back(real_video(b, b));
    for (const char* method : {"deepfakes", "face2face", "faceswap", "neuraltextures"}) {
      videos.push_back(fake_video(a + "_" + b, a, b, method));
      videos.push_back(fake_video(b + "_" + a, b, a, method));
    }
  }
  return videos;
}

/// People who are in more than one split, as target or as source.
inline std::set<std::string> recurring(const std::vector<SplitVideo>& videos,
                                       const std::vector<std::optional<Split>>& splits) {
  std::map<std::string, std::set<Split>> seen;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    if (!splits[i]) continue;
    for (const std::string& who : {videos[i].target_identity, videos[i].source_identity}) seen[who].insert(*splits[i]);
  }
  std::set<std::string> found;
  for (const auto& [who, in] : seen) {
    if (!who.empty() && in.size() > 1) found.insert(who);
  }
  return found;
}

/// How many videos of that label are in a split.
inline std::map<Split, int> counts(const std::vector<SplitVideo>& videos,
                                   const std::vector<std::optional<Split>>& splits, int label) {
  std::map<Split, int> of;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    if (splits[i] && videos[i].label == label) ++of[*splits[i]];
  }
  return of;
}

}  // namespace unmask::test
