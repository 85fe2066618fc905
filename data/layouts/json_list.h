// JSON files of public datasets, which anybody may have written.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace unmask {

/// THROWS Error(kData) with file, line and column where it is no JSON, and where it is larger than 512 MiB.
nlohmann::json read_json_list(const std::filesystem::path& file);

/// The text of a key, or its whole number as text; "" where there is none, or something else.
std::string text_at(const nlohmann::json& object, const char* key);

/// `name` as a path below a folder. THROWS Error(kData) naming the file where it is absolute or leaves it by "..".
std::filesystem::path path_below(const std::filesystem::path& file, const std::string& name);

}  // namespace unmask
