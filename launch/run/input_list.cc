#include "launch/run/input_list.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// Links to folders aren't followed: they may lead in a circle.
void add_folder(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code fault;
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, fault), end;
       !fault && entry != end; entry.increment(fault)) {
    const bool hidden = entry->path().filename().native().starts_with('.');
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
      if (hidden) entry.disable_recursion_pending();
    } else if (!hidden) {
      found.push_back(entry->path());
    }
  }
  if (fault) throw Error(ErrorKind::kUsage, printable(folder.native()) + ": can't be listed: " + fault.message());
  std::ranges::sort(found, {}, [](const fs::path& file) { return file.native(); });
  files.insert(files.end(), found.begin(), found.end());
}

}  // namespace

std::vector<fs::path> listed_inputs(const std::vector<std::string>& words, std::istream& list) {
  std::vector<std::string> names;
  for (const std::string& word : words) {
    if (word != "-") {
      names.push_back(word);
      continue;
    }
    for (std::string line; std::getline(list, line);) {
      if (!line.empty()) names.push_back(line);
    }
  }
  std::vector<fs::path> files;
  for (const std::string& name : names) {
    std::error_code ignored;
    if (fs::is_directory(name, ignored)) {
      add_folder(name, files);
    } else {
      files.emplace_back(name);
    }
  }
  if (files.empty()) {
    throw Error(ErrorKind::kUsage, "there is nothing to judge: " +
                                       (names.empty() ? "the list on standard input is empty"
                                                      : printable(names.front()) + " holds no file") +
                                       "; wanted pictures, videos, folders of them, or - for a list of paths");
  }
  return files;
}

std::string to_text(const std::vector<fs::path>& files) {
  std::string text;
  for (const fs::path& file : files) text += file.native() + '\0';  // the one byte that no path has
  return text;
}

std::vector<fs::path> files_from(const std::string& text) {
  std::vector<fs::path> files;
  for (std::size_t begin = 0, end; (end = text.find('\0', begin)) != std::string::npos; begin = end + 1)
    files.emplace_back(text.substr(begin, end - begin));
  return files;
}

}  // namespace unmask
