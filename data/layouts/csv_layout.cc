#include "data/layouts/csv_layout.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <system_error>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "data/layouts/json_list.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kList[] = "videos.csv";
constexpr std::size_t kMostBytes = 512 << 20;
constexpr std::array kColumns = {"path",  "label",  "dataset", "method", "compression",
                                 "video", "target", "source",  "split"};

bool is_list(const fs::path& root) {
  std::error_code ignored;
  return fs::is_regular_file(root, ignored) && suffix_of(root.filename().native()) == "csv";
}

/// The list and, by its header, where each column is.
class List {
 public:
  explicit List(const fs::path& file) : file_(file), lines_(read_text_file(file, kMostBytes)) {
    if (!next()) fault("is empty: wanted a first line that names the columns, path and label at least");
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (std::ranges::find(kColumns, cells_[i]) == kColumns.end()) {
        std::string known;
        for (const char* column : kColumns) known += (known.empty() ? "" : ", ") + std::string(column);
        fault("column \"" + printable(cells_[i]) + "\" is not known; known are " + known);
      }
      if (!columns_.emplace(cells_[i], i).second) fault("column " + cells_[i] + " stands twice");
    }
    for (const char* wanted : {"path", "label"}) {
      if (!columns_.contains(wanted)) fault("column " + std::string(wanted) + " is missing");
    }
    width_ = cells_.size();
  }

  /// The next line that isn't empty; false at the end.
  bool next() {
    std::string line;
    do {
      if (!std::getline(lines_, line)) return false;
      ++number_;
      if (line.ends_with('\r')) line.pop_back();
      if (number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    } while (line.empty());
    cells_ = split_csv(line);
    if (width_ != 0 && cells_.size() != width_) {
      fault("has " + std::to_string(cells_.size()) + " cells, the first line has " + std::to_string(width_));
    }
    return true;
  }

  std::string cell(const char* column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? "" : cells_[found->second];
  }

  [[noreturn]] void fault(const std::string& what) const {
    throw Error(ErrorKind::kData, printable(file_.native()) + ":" + std::to_string(number_) + ": " + what);
  }

  const fs::path& file() const { return file_; }

 private:
  fs::path file_;
  std::istringstream lines_;
  int number_ = 0;
  std::size_t width_ = 0;
  std::vector<std::string> cells_;
  std::map<std::string, std::size_t> columns_;
};

std::uint8_t label_of(const List& list) {
  const std::string label = list.cell("label");
  if (label == "1" || label == "fake" || label == "FAKE") return 1;
  if (label == "0" || label == "real" || label == "REAL") return 0;
  list.fault("label: wanted real, fake, 0 or 1 (1 = fake), got \"" + printable(label) + "\"");
}

std::string or_else(std::string text, const std::string& other) { return text.empty() ? other : text; }

SourceEntry source_of(const List& list, const std::string& dataset) {
  SourceEntry source;
  try {
    source.file = path_below(list.file(), list.cell("path"));
  } catch (const Error&) {
    list.fault("path: wanted a path below the list's folder, got \"" + printable(list.cell("path")) +
               "\" (a link in that folder may lead anywhere)");
  }
  const std::string name = source.file.filename().native();
  source.kind = is_picture_name(name) ? SourceKind::kImage : SourceKind::kVideo;
  source.label = label_of(list);
  source.dataset = or_else(list.cell("dataset"), dataset);
  if (!is_dataset_name(source.dataset)) {
    list.fault("dataset: wanted 1 to 100 letters, digits, _ and -, got \"" + printable(source.dataset) + "\"");
  }
  source.method = printable(or_else(list.cell("method"), source.label == 1 ? "fake" : "real"));
  source.compression = printable(list.cell("compression"));
  source.video = printable(or_else(list.cell("video"), source.file.native()));
  source.target_identity = printable(or_else(list.cell("target"), source.video));
  source.source_identity = printable(list.cell("source"));
  if (source.kind == SourceKind::kImage && !list.cell("video").empty())
    source.frame = number_at_end(stem_of(name)).value_or(0);
  const std::string split = list.cell("split");
  if (!split.empty()) {
    source.split = from_word<Split>(split);
    if (!source.split) list.fault("split: wanted train, val, calibration or test, got \"" + printable(split) + "\"");
  }
  return source;
}

}  // namespace

LayoutMatch CsvLayout::match(const fs::path& root) const {
  std::error_code ignored;
  const bool fits = is_list(root) || fs::is_regular_file(root / kList, ignored);
  return {fits, "a CSV file, or videos.csv in the folder", fits ? "" : "neither"};
}

std::vector<SourceEntry> CsvLayout::list(const fs::path& root) const {
  const fs::path file = is_list(root) ? root : root / kList, folder = file.parent_path();
  List list(file);
  const std::string dataset = dataset_name(fs::absolute(folder).lexically_normal().filename().native());
  std::vector<SourceEntry> sources;
  while (list.next()) sources.push_back(source_of(list, dataset));
  finish_sources(file, sources);
  return sources;
}

}  // namespace unmask
