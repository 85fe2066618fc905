#include "data/layouts/frame_list.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderSuffix = "_deepfake";

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

std::string_view split_folder(Split split) {
  switch (split) {
    case Split::kTrain: return "";
    case Split::kVal: return "val";
    case Split::kCalibration: return "calibration";
    case Split::kTest: return "test";
  }
  return "";
}

/// The names in a folder, sorted by bytes. Nothing if there is no such folder.
std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (error || !fs::is_directory(status)) {
    throw Error(ErrorKind::kData, printable(folder.native()) + ": wanted a folder" +
                                      (error ? ", found: " + error.message() : std::string(", found something else")));
  }
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    entries.push_back(entry->path());
  }
  if (error) throw Error(ErrorKind::kData, printable(folder.native()) + ": can't list the folder: " + error.message());
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return entries;
}

/// The length of the UTF-8 sequence at `at`, 0 if there is none (overlong forms and surrogates are none).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

}  // namespace

std::string printable(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string result;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = utf8_length(bytes, at);
    // C1 control characters (U+0080 to U+009F) can steer a terminal too.
    const bool control = first < 0x20 || first == 0x7F || first == '\\' ||
                         (length == 2 && first == 0xC2 && static_cast<unsigned char>(bytes[at + 1]) < 0xA0);
    if (length > 0 && !control) {
      result += bytes.substr(at, length);
      at += length;
    } else {
      result += {'\\', 'x', kHex[first >> 4], kHex[first & 15]};
      ++at;
    }
  }
  return result;
}

bool is_dataset_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
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

std::vector<std::string> find_datasets(const fs::path& datasets) {
  std::vector<std::string> names;
  for (const fs::path& entry : sorted_entries(datasets)) {
    const std::string folder = entry.filename().native();
    std::error_code ignored;
    if (!folder.ends_with(kFolderSuffix) || !fs::is_directory(entry, ignored)) continue;
    const std::string name = folder.substr(0, folder.size() - kFolderSuffix.size());
    if (!is_dataset_name(name)) {
      throw Error(ErrorKind::kData,
                  printable(entry.native()) +
                      ": a dataset's name may hold letters, digits, '_', '-' and '.': rename the folder");
    }
    names.push_back(name);
  }
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (has("base") && has("augment")) std::erase(names, "both");
  return names;
}

std::vector<FrameEntry> list_frames(const fs::path& datasets, const std::string& dataset, Split split) {
  const fs::path root = datasets / (dataset + std::string(kFolderSuffix)) / split_folder(split);
  std::vector<FrameEntry> frames;
  for (const bool fake : {false, true}) {
    const fs::path folder = root / (fake ? "fake" : "real") / "frames";
    std::vector<fs::path> entries = sorted_entries(folder);
    std::error_code ignored;
    if (entries.empty() && fs::exists(folder, ignored)) {
      throw Error(ErrorKind::kData,
                  printable(folder.native()) + ": the folder is empty: put frames there or remove it");
    }
    for (fs::path& file : entries) {
      FrameInfo info = parse_frame_name(file.filename().native(), fake);
      info.dataset = dataset;
      info.split = split;
      frames.push_back({std::move(file), std::move(info)});
    }
  }
  return frames;
}

}  // namespace unmask
