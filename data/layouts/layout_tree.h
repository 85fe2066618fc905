// What the layouts share: names in folders, sorted, and what a file is by its suffix. No file is opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/layouts/layout.h"

namespace unmask {

/// The names in a folder, sorted by bytes; hidden ones (a dot first) are left out. Nothing if there is no such folder.
/// THROWS Error(kData) if it can't be listed.
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// "mp4", "jpg", …; in small letters, without the dot.
std::string suffix_of(std::string_view name);
bool is_video_name(std::string_view name);    // mp4, avi, mov, mkv, webm, …
bool is_picture_name(std::string_view name);  // png, jpg, bmp, webp
/// Without the last suffix.
std::string_view stem_of(std::string_view name);

/// The digits that a name ends with, as a frame's number: 12 for frame_0012; nothing where there are none, or too many.
std::optional<std::uint32_t> number_at_end(std::string_view stem);
/// A to Z become a to z.
std::string small_letters(std::string text);

/// `text` as a dataset may be called (is_dataset_name): other letters become `_`, and it is cut to 100.
std::string dataset_name(std::string_view text);

/// As Layout::list() promises.
void sort_sources(std::vector<SourceEntry>& sources);
/// The same, of a layout whose videos have names of their own.
/// THROWS Error(kData) where there is no source at all, or two videos of one name.
void finish_sources(const std::filesystem::path& root, std::vector<SourceEntry>& sources);

}  // namespace unmask
