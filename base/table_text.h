// Tables as text: aligned columns for people, CSV for programs.
//
//   TextTable table({"trial", "auc"});
//   table.add({"7", fixed_text(0.9312, 3)});
//   std::cout << table.text() << '\n';
#pragma once

#include <string>
#include <vector>

namespace unmask {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Numbers are aligned to the right, words to the left. No newline at the end.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Cells of one line of CSV; quotes are understood.
std::vector<std::string> split_csv(const std::string& line);
/// A cell for CSV: quoted where it must be.
std::string csv_cell(const std::string& text);

}  // namespace unmask
