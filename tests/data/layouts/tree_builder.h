// Trees of empty files for the layouts, which look at names alone.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "data/layouts/layout.h"
#include "tests/support/temporary_folder.h"

namespace unmask::test_support {

class TreeBuilder {
 public:
  const std::filesystem::path& root() const { return folder_.path(); }
  void file(const std::string& path, const std::string& text = "") const {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << text;
  }
  void files(const std::vector<std::string>& paths) const {
    for (const std::string& path : paths) file(path);
  }

 private:
  const TemporaryFolder folder_;
};

/// The source of that file; the whole list is searched.
inline SourceEntry source_at(const std::vector<SourceEntry>& sources, const std::string& file) {
  for (const SourceEntry& source : sources) {
    if (source.file == file) return source;
  }
  throw std::runtime_error("no source " + file);
}

}  // namespace unmask::test_support
