// Verdicts as a page: one file without network, for people who want to know why. Its own files are in report/page/.
//
//   VerdictPage page({"runs/demo", digest, metadata}, options);
//   for (const JudgedInput& input : judged) page.add(input);
//   write_file_durably(file, page.html());
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "model/score/verdict.h"

namespace unmask {

/// Whose verdicts they are.
struct JudgingModel {
  std::string name;  // as it was given
  std::string digest;
  std::map<std::string, std::string> metadata;  // of its file: model, trained, preprocessing, calibration, …
};

/// Holds what the page will show and no more than `most_bytes` of it. What is too much is left out and counted: first
/// pictures, then timelines, then inputs; of those with the lowest scores first, of equal ones of the last.
class VerdictPage {
 public:
  VerdictPage(JudgingModel model, VerdictOptions options, std::size_t most_bytes = 9'000'000);
  /// In the order of the page.
  void add(const JudgedInput& input);
  /// Names are text, never markup; the page's security policy lets no script run but its own.
  std::string html() const;

 private:
  enum Part { kPictures, kTimelines, kInputs, kParts };
  void leave_out_what_is_too_much();

  JudgingModel model_;
  VerdictOptions options_;
  std::size_t most_bytes_, bytes_ = 0, inputs_ = 0;
  std::map<std::size_t, std::array<std::string, kParts>> texts_;              // by input: JSON, "" once left out
  std::array<std::set<std::pair<double, std::ptrdiff_t>>, kParts> by_score_;  // and minus the input's number
  std::array<std::size_t, kParts> left_out_{};
  std::map<std::string, std::size_t> verdicts_;  // how many of each
};

}  // namespace unmask
