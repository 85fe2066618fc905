// Sources that couldn't be read, or not as a whole, and in which words: kept beside a part, and beside the
// finished store (STORES/<dataset>/prepared.problems.csv), so that a later start can tell them too.
//
//   PrepareProblems problems;
//   problems.add("videos/x.mp4", FrameStatus::kTruncated, "ends in frame 40");  // the first one of a source is kept
//   write_problems("stores/base/prepared.problems.csv", problems);
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "data/sample.h"

namespace unmask {

class PrepareProblems {
 public:
  struct Problem {
    FrameStatus status = FrameStatus::kOk;
    std::string text;
  };
  /// `source`: as FrameInfo::source; both are printable.
  void add(const std::string& source, FrameStatus status, const std::string& text);
  void add_all(const PrepareProblems& others);
  const std::map<std::string, Problem>& by_source() const { return by_source_; }

 private:
  std::map<std::string, Problem> by_source_;
};

/// Beside a part file.
std::filesystem::path problems_of_part(std::filesystem::path part);

/// CSV: source, status, problem. Without a problem there is no file. THROWS Error(kFailed).
void write_problems(const std::filesystem::path& file, const PrepareProblems& problems);
/// None where the file is missing or is no such CSV: the rows' statuses stand in the store.
PrepareProblems read_problems(const std::filesystem::path& file);

}  // namespace unmask
