// The files that a command was given to judge: files, folders, or "-" for a list on standard input.
//
//   const std::vector<std::filesystem::path> files = listed_inputs({"clip.mp4", "uploads"}, std::cin);
#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <vector>

namespace unmask {

/// Files as they were named, and all that lies in folders, at any depth, sorted by bytes; hidden names (a dot first)
/// are left out. What a file is shows when it is read. Rank zero. THROWS Error(kUsage) where a folder can't be listed,
/// or nothing is there.
std::vector<std::filesystem::path> listed_inputs(const std::vector<std::string>& words, std::istream& list);

/// As one text to send to other ranks, and back.
std::string to_text(const std::vector<std::filesystem::path>& files);
std::vector<std::filesystem::path> files_from(const std::string& text);

}  // namespace unmask
