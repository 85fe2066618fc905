#include "data/layouts/layout_tree.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <tuple>

#include "base/error.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::array kVideos = {"mp4", "avi", "mov", "mkv", "webm", "m4v", "mpg", "mpeg", "wmv", "flv", "3gp", "ts"};
constexpr std::array kPictures = {"png", "jpg", "jpeg", "bmp", "webp"};

auto video_of(const SourceEntry& source) {
  return std::tie(source.dataset, source.method, source.compression, source.video, source.frame, source.split);
}

}  // namespace

std::vector<std::string> names_in(const fs::path& folder) {
  std::error_code error;
  if (fs::status(folder, error).type() == fs::file_type::not_found) return {};
  std::vector<std::string> names;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (!name.starts_with('.')) names.push_back(name);
  }
  if (error) throw Error(ErrorKind::kData, printable(folder.native()) + ": can't list the folder: " + error.message());
  std::ranges::sort(names);
  return names;
}

std::string suffix_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "";
  return small_letters(std::string(name.substr(dot + 1)));
}

bool is_video_name(std::string_view name) { return std::ranges::find(kVideos, suffix_of(name)) != kVideos.end(); }
bool is_picture_name(std::string_view name) { return std::ranges::find(kPictures, suffix_of(name)) != kPictures.end(); }

std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::optional<std::uint32_t> number_at_end(std::string_view stem) {
  const std::size_t before = stem.find_last_not_of("0123456789");
  const std::string_view digits = stem.substr(before == std::string_view::npos ? 0 : before + 1);
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  std::uint32_t number = 0;
  for (const char digit : digits) number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  return number;
}

std::string small_letters(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string dataset_name(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 100)) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    name += fits ? c : '_';
  }
  return name.empty() || name == "both" ? "videos" : name;
}

void sort_sources(std::vector<SourceEntry>& sources) {
  std::ranges::stable_sort(sources, [](const SourceEntry& a, const SourceEntry& b) {
    return std::tie(a.dataset, a.label, a.method, a.file.native()) <
           std::tie(b.dataset, b.label, b.method, b.file.native());
  });
}

void finish_sources(const fs::path& root, std::vector<SourceEntry>& sources) {
  if (sources.empty()) {
    throw Error(ErrorKind::kData, printable(root.native()) +
                                      ": no videos and no pictures were found (docs/dataset_layouts.md tells what is "
                                      "looked for)");
  }
  sort_sources(sources);
  std::vector<const SourceEntry*> by_video;
  for (const SourceEntry& source : sources) by_video.push_back(&source);
  std::ranges::sort(by_video, [](auto* a, auto* b) { return video_of(*a) < video_of(*b); });
  const auto same = std::ranges::adjacent_find(by_video, [](auto* a, auto* b) { return video_of(*a) == video_of(*b); });
  if (same == by_video.end()) return;
  throw Error(ErrorKind::kData, printable(root.native()) + ": two sources are one video, \"" +
                                    printable((*same)->video) + "\" of " + (*same)->dataset + ", " + (*same)->method +
                                    ": " + printable((*same)->file.native()) + " and " +
                                    printable((*(same + 1))->file.native()) + "; rename one, or leave it out");
}

}  // namespace unmask
