#include "model/score/scored_frames.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <sstream>
#include <tuple>

#include "base/error.h"
#include "base/table_text.h"
#include "data/printable.h"

namespace unmask {
namespace {

constexpr std::size_t kColumns = 9;

template <class Number>
bool parse(const std::string& text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size();
}

/// "" or what is wrong.
std::string read_row(const std::vector<std::string>& cells, EvaluatedFrame& evaluated) {
  FrameInfo& frame = evaluated.frame;
  if (cells.size() != kColumns) return std::to_string(cells.size()) + " cells, wanted " + std::to_string(kColumns);
  frame.dataset = cells[0];
  frame.method = cells[1];
  frame.compression = cells[2];
  frame.video = cells[3];
  if (!parse(cells[4], frame.frame)) return "frame is \"" + printable(cells[4]) + "\", wanted a whole number";
  if (cells[5] != "0" && cells[5] != "1") return "label is \"" + printable(cells[5]) + "\", wanted 0 or 1";
  frame.label = cells[5] == "1" ? 1 : 0;
  const auto split = from_word<Split>(cells[6]);
  if (!split) return "there is no split \"" + printable(cells[6]) + "\"";
  const auto status = from_word<FrameStatus>(cells[7]);
  if (!status) return "there is no status \"" + printable(cells[7]) + "\"";
  frame.split = *split;
  frame.status = *status;
  double score = 0;
  if (cells[8].empty()) return "";
  if (!parse(cells[8], score) || !(score >= 0 && score <= 1))
    return "score is \"" + printable(cells[8]) + "\", wanted a number in [0, 1]";
  evaluated.score = score;
  return "";
}

}  // namespace

std::vector<EvaluatedFrame> frames_from_csv(const std::string& csv, const std::string& name) {
  std::istringstream text(csv);
  std::string row;
  const std::string header = evaluation_csv({});
  if (!std::getline(text, row) || row + "\n" != header)
    throw Error(ErrorKind::kData, name + ": is not a table of scored frames; wanted the header " + header);
  std::vector<EvaluatedFrame> frames;
  for (std::int64_t line = 2; std::getline(text, row); ++line) {
    const std::string fault = read_row(split_csv(row), frames.emplace_back());
    if (!fault.empty()) throw Error(ErrorKind::kData, name + ", line " + std::to_string(line) + ": " + fault);
  }
  return frames;
}

std::vector<ScoredVideo> scored_videos(std::span<const EvaluatedFrame> frames) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::uint32_t> numbers;
  std::vector<ScoredVideo> videos;
  std::vector<Scored> scored;
  std::vector<std::uint32_t> video_of;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!frames[i].score) continue;
    const FrameInfo& frame = frames[i].frame;
    const auto [at, is_new] = numbers.try_emplace({frame.dataset, frame.method, frame.compression, frame.video},
                                                  static_cast<std::uint32_t>(videos.size()));
    if (is_new) videos.push_back({i, {}});
    scored.push_back({frame.label, *frames[i].score});
    video_of.push_back(at->second);
  }
  const std::vector<Scored> means = video_scores(scored, video_of);
  for (std::size_t i = 0; i < videos.size(); ++i) videos[i].scored = means[i];
  return videos;
}

}  // namespace unmask
