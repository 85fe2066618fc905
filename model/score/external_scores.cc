#include "model/score/external_scores.h"

#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>

#include "base/error.h"
#include "base/table_text.h"
#include "data/printable.h"

namespace unmask {
namespace {

using Places = std::vector<std::size_t>;  // in the list of frames
using Cells = std::map<std::string, std::string>;

auto video_of(const FrameInfo& frame) { return std::tie(frame.dataset, frame.method, frame.compression, frame.video); }

template <class Number>
bool parse_whole(const std::string& text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size();
}

class Matcher {
 public:
  Matcher(std::vector<EvaluatedFrame>& frames, std::string name)
      : frames_(frames), name_(std::move(name)), line_of_(frames.size()) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      frames[i].score.reset();
      by_source_[frames[i].frame.source].push_back(i);
      by_video_[frames[i].frame.video].push_back(i);
    }
    by_source_.erase("");  // of stores that don't tell
    by_video_.erase("");
  }

  /// False where no frame is meant.
  bool take(const Cells& cells, double score, std::int64_t line) {
    Places places = candidates(cells);
    std::erase_if(places, [&](std::size_t place) { return !is_meant(frames_[place].frame, cells, line); });
    for (const std::size_t place : places) {
      if (video_of(frames_[place].frame) != video_of(frames_[places[0]].frame))
        throw fault(line, "several videos answer to it, " + told(places[0]) + " and " + told(place) +
                              "; add columns dataset, method, compression");
      if (frames_[place].score)
        throw fault(line, told(place) + " has a score already, from line " + std::to_string(line_of_[place]));
      frames_[place].score = score;
      line_of_[place] = line;
    }
    return !places.empty();
  }

  Error fault(std::int64_t line, const std::string& what) const {
    return Error(ErrorKind::kData, name_ + ", line " + std::to_string(line) + ": " + what);
  }

 private:
  Places candidates(const Cells& cells) const {
    const auto cell = [&](const char* column) {
      const auto found = cells.find(column);
      return found == cells.end() ? std::string() : found->second;
    };
    const std::string path = cell("path");
    if (path.empty()) {
      const auto found = by_video_.find(cell("video"));
      return found == by_video_.end() ? Places() : found->second;
    }
    for (std::string_view rest = path; !rest.empty();) {  // the whole path, then without its first folders
      if (const auto found = by_source_.find(std::string(rest)); found != by_source_.end()) return found->second;
      const std::size_t slash = rest.find('/');
      rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
    }
    return {};
  }

  bool is_meant(const FrameInfo& frame, const Cells& cells, std::int64_t line) const {
    const auto agrees = [&](const char* column, const std::string& value) {
      const auto cell = cells.find(column);
      return cell == cells.end() || cell->second.empty() || cell->second == value;
    };
    if (!agrees("dataset", frame.dataset) || !agrees("method", frame.method) ||
        !agrees("compression", frame.compression) || !agrees("video", frame.video))
      return false;
    const auto number = cells.find("frame");
    if (number == cells.end() || number->second.empty()) return true;
    std::uint32_t wanted = 0;
    if (!parse_whole(number->second, wanted))
      throw fault(line, "frame is \"" + printable(number->second) + "\", wanted a whole number");
    return frame.frame == wanted;
  }

  std::string told(std::size_t place) const {
    const FrameInfo& frame = frames_[place].frame;
    return printable(frame.dataset + "/" + frame.method + "/" + frame.compression + "/" + frame.video) + " frame " +
           std::to_string(frame.frame);
  }

  std::vector<EvaluatedFrame>& frames_;
  std::string name_;
  std::vector<std::int64_t> line_of_;
  std::unordered_map<std::string, Places> by_source_, by_video_;
};

std::string without_return(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

/// The columns that mean something here; the others are "".
std::vector<std::string> columns_of(const std::string& header, const Matcher& matcher) {
  const std::set<std::string> known = {"score", "path", "video", "frame", "dataset", "method", "compression"};
  std::vector<std::string> columns = split_csv(header);
  std::set<std::string> seen;
  for (std::string& column : columns) {
    if (!known.contains(column)) column.clear();
    if (!column.empty() && !seen.insert(column).second) throw matcher.fault(1, "two columns \"" + column + "\"");
  }
  if (!seen.contains("score") || (!seen.contains("path") && !seen.contains("video")))
    throw matcher.fault(1, "wanted a header with the columns score, and path or video");
  return columns;
}

}  // namespace

std::string ExternalScores::told(const std::string& name) const {
  std::string text = name + ": " + std::to_string(rows) + " rows";
  if (empty > 0) text += "; " + std::to_string(empty) + " without a score";
  if (unmatched > 0) text += "; " + std::to_string(unmatched) + " match nothing (the first: " + first_unmatched + ")";
  return text + "; " + std::to_string(videos_without) + " of " + std::to_string(videos) + " videos have no score";
}

ExternalScores take_external_scores(const std::string& csv, const std::string& name,
                                    std::vector<EvaluatedFrame>& frames) {
  ExternalScores found;
  Matcher matcher(frames, name);
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> columns = columns_of(without_return(line), matcher);
  for (std::int64_t number = 2; std::getline(lines, line); ++number) {
    line = without_return(line);
    if (line.empty()) continue;
    const std::vector<std::string> row = split_csv(line);
    if (row.size() != columns.size())
      throw matcher.fault(number,
                          std::to_string(row.size()) + " cells, and the header has " + std::to_string(columns.size()));
    Cells cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!columns[i].empty()) cells[columns[i]] = row[i];
    }
    ++found.rows;
    const std::string text = cells.at("score");
    if (text.empty()) {
      ++found.empty;
      continue;
    }
    double score = 0;
    if (!parse_whole(text, score) || !std::isfinite(score))
      throw matcher.fault(number, "score is \"" + printable(text) + "\", wanted a finite number");
    if (matcher.take(cells, score, number)) continue;
    if (found.unmatched++ == 0)
      found.first_unmatched =
          "line " + std::to_string(number) + ": " + printable(cells.contains("path") ? cells["path"] : cells["video"]);
  }
  std::map<std::tuple<std::string, std::string, std::string, std::string>, bool> videos;
  for (const EvaluatedFrame& frame : frames) videos[video_of(frame.frame)] |= frame.score.has_value();
  found.videos = static_cast<std::int64_t>(videos.size());
  for (const auto& video : videos) found.videos_without += video.second ? 0 : 1;
  return found;
}

}  // namespace unmask
