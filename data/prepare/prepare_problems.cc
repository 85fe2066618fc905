#include "data/prepare/prepare_problems.h"

#include <sstream>
#include <system_error>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"

namespace unmask {
namespace {

constexpr char kHeader[] = "source,status,problem";
constexpr std::size_t kMostBytes = 1u << 30;

}  // namespace

void PrepareProblems::add(const std::string& source, FrameStatus status, const std::string& text) {
  by_source_.try_emplace(source, Problem{status, text});
}

void PrepareProblems::add_all(const PrepareProblems& others) {
  for (const auto& [source, problem] : others.by_source_) by_source_.try_emplace(source, problem);
}

std::filesystem::path problems_of_part(std::filesystem::path part) { return part.replace_extension(".problems.csv"); }

void write_problems(const std::filesystem::path& file, const PrepareProblems& problems) {
  if (problems.by_source().empty()) {
    std::filesystem::remove(file);
    return;
  }
  std::string text = std::string(kHeader) + "\n";
  for (const auto& [source, problem] : problems.by_source()) {
    text += csv_cell(source) + "," + to_word(problem.status) + "," + csv_cell(problem.text) + "\n";
  }
  write_file_durably(file, text);
}

PrepareProblems read_problems(const std::filesystem::path& file) {
  PrepareProblems problems;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return problems;
  try {
    std::istringstream lines(read_text_file(file, kMostBytes));
    std::string line;
    std::getline(lines, line);
    if (line != kHeader) return {};
    while (std::getline(lines, line)) {
      const std::vector<std::string> cells = split_csv(line);
      const auto status = cells.size() == 3 ? from_word<FrameStatus>(cells[1]) : std::nullopt;
      if (!status) return {};
      problems.add(cells[0], *status, cells[2]);
    }
  } catch (const Error&) {
    return {};
  }
  return problems;
}

}  // namespace unmask
