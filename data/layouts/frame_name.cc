#include "data/layouts/frame_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "data/printable.h"

namespace unmask {
namespace {

struct MethodPrefix {
  std::string_view prefix, method;
  bool self_blended;  // source and target are one person
};
constexpr std::array<MethodPrefix, 7> kMethods = {{{"deepfake_", "deepfakes", false},
                                                   {"face2face_", "face2face", false},
                                                   {"faceswap_", "faceswap", false},
                                                   {"neuraltextures_", "neuraltextures", false},
                                                   {"deepfakedetection_", "deepfakedetection", false},
                                                   {"swap_", "swap", true},
                                                   {"part_", "part", true}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

/// `<video>_%03d` → (video, number); a name without a number is a video of one frame.
std::pair<std::string_view, std::uint32_t> split_frame_number(std::string_view stem) {
  const std::size_t underscore = stem.rfind('_');
  if (underscore == std::string_view::npos || underscore == 0) return {stem, 0};
  const std::string_view digits = stem.substr(underscore + 1);
  if (digits.size() < 3 || digits.size() > 9 || !all_digits(digits)) return {stem, 0};
  std::uint32_t number = 0;
  for (const char digit : digits) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  return {stem.substr(0, underscore), number};
}

struct Identities {
  std::string_view target, source;
};

/// FaceForensics++ fakes: `<target>_<source>`, followed by nothing or by `__<scene>…`; both are numbers.
std::optional<Identities> swapped_identities(std::string_view video) {
  const std::string_view pair = video.substr(0, video.find("__"));
  const std::size_t underscore = pair.find('_');
  if (underscore == std::string_view::npos) return std::nullopt;
  const Identities result{pair.substr(0, underscore), pair.substr(underscore + 1)};
  if (!all_digits(result.target) || !all_digits(result.source)) return std::nullopt;
  return result;
}

/// `<identity>_<clip>` with a number as clip, or `<identity>__<scene>…`; any other name is an identity of its own.
std::string_view own_identity(std::string_view video) {
  const std::size_t underscore = video.find('_');
  if (underscore == std::string_view::npos || underscore == 0) return video;
  const std::string_view identity = video.substr(0, underscore), rest = video.substr(underscore + 1);
  if (!std::all_of(identity.begin(), identity.end(), is_alphanumeric)) return video;
  return all_digits(rest) || rest.starts_with("_") ? identity : video;
}

}  // namespace

VideoIdentities video_identities(std::string_view video, bool fake) {
  if (const auto swapped = fake ? swapped_identities(video) : std::nullopt)
    return {printable(swapped->target), printable(swapped->source)};
  return {printable(own_identity(video)), ""};
}

FrameInfo parse_frame_name(std::string_view file_name, bool fake) {
  std::string_view stem = file_name;
  if (const std::size_t dot = file_name.rfind('.'); dot != std::string_view::npos && dot > 0)
    stem = file_name.substr(0, dot);
  auto [video, number] = split_frame_number(stem);
  FrameInfo info;
  info.label = fake ? 1 : 0;
  info.frame = number;
  info.method = fake ? "fake" : "real";
  bool self_blended = false;
  if (fake) {
    for (const MethodPrefix& known : kMethods) {
      if (!video.starts_with(known.prefix) || video.size() == known.prefix.size()) continue;
      info.method = known.method;
      self_blended = known.self_blended;
      video.remove_prefix(known.prefix.size());
      break;
    }
  }
  info.video = printable(video);
  const std::optional<Identities> swapped = fake && !self_blended ? swapped_identities(video) : std::nullopt;
  info.target_identity = printable(swapped ? swapped->target : own_identity(video));
  if (swapped) info.source_identity = printable(swapped->source);
  if (self_blended) info.source_identity = info.target_identity;
  return info;
}

}  // namespace unmask
