#include "data/split/split_video.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "data/split/official_pairs.h"

namespace unmask {
namespace {

constexpr std::string_view kDfdcFolder = "dfdc_train_part_";

/// Letters and digits alone, small: "Celeb-DF-v2" and "celeb_df_v2" are celebdfv2.
std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') text += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) text += c;
  }
  return text;
}

/// Are there such folders, one or more, above the file?
bool is_below(const SplitVideo& video, std::string_view folder) {
  const std::string path = "/" + video.source;
  return path.find("/" + std::string(folder) + "/") != path.npos;
}

bool is_deepfakedetection(const SplitVideo& video) {
  // 01_02__exit_phone_room__YVGY8LOK, 01__exit_phone_room
  const bool by_name = video.video.find("__") != video.video.npos && !video.target_identity.empty() &&
                       video.target_identity.find_first_not_of("0123456789") == std::string::npos;
  return plain(video.method) == "deepfakedetection" || is_below(video, "original_sequences/actors") ||
         (video.label == 0 && by_name);
}

bool is_faceforensics(const SplitVideo& video) {
  constexpr std::array<std::string_view, 5> kMethods = {"deepfakes", "face2face", "faceswap", "faceshifter",
                                                        "neuraltextures"};
  return official_split(video.target_identity) &&
         (video.label == 0 ? video.video == video.target_identity
                           : std::ranges::find(kMethods, plain(video.method)) != kMethods.end());
}

}  // namespace

std::optional<int> dfdc_part(const SplitVideo& video) {
  const std::string path = "/" + video.source;
  const std::size_t at = path.find("/" + std::string(kDfdcFolder));
  if (at == path.npos) return std::nullopt;
  const std::string_view rest = std::string_view(path).substr(at + 1 + kDfdcFolder.size());
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits < 1 || digits > 3 || (digits < rest.size() && rest[digits] != '/')) return std::nullopt;
  return std::stoi(std::string(rest.substr(0, digits)));
}

Collection collection_of(const SplitVideo& video, const std::string& dataset) {
  if (dfdc_part(video)) return Collection::kDfdc;
  if (plain(dataset).starts_with("celebdf") || is_below(video, "Celeb-real") || is_below(video, "Celeb-synthesis") ||
      is_below(video, "YouTube-real")) {
    return Collection::kCelebDf;
  }
  if (is_deepfakedetection(video)) return Collection::kDeepFakeDetection;
  if (is_faceforensics(video)) return Collection::kFaceForensics;
  return Collection::kUnknown;
}

}  // namespace unmask
