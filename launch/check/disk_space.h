// The disk that a run would live on, for people.
#pragma once

#include <filesystem>
#include <string>

namespace unmask {

/// "12.3 GB"
std::string bytes_text(double bytes);

/// A folder that is there: of the run, else the nearest above it; of "", the one that the program was started in.
std::filesystem::path existing_folder(const std::string& run);

}  // namespace unmask
