#include "data/prepare/prepare_counts.h"

#include <utility>

namespace unmask {
namespace {

bool could_be_read(FrameStatus status) { return status == FrameStatus::kOk || status == FrameStatus::kNoFace; }

/// Of one source.
struct SourceRows {
  std::string store;
  std::int64_t frames = 0, read = 0;
  std::int64_t last_frame = -1;  // several faces of a frame are several rows
  FrameStatus status = FrameStatus::kOk;
};

std::string bad_line(const std::string& name, const SourceRows& source, const PrepareProblems& problems) {
  const auto known = problems.by_source().find(name);
  const bool has_text = known != problems.by_source().end();
  std::string line = name + ": " + to_word(has_text ? known->second.status : source.status);
  if (source.frames > 1) {
    line += " (" + std::to_string(source.read) + " of " + std::to_string(source.frames) + " frames read)";
  }
  return has_text && !known->second.text.empty() ? line + ": " + known->second.text : line;
}

}  // namespace

std::map<std::string, PrepareCounts> count_rows(const CropStore& prepared, const PrepareProblems& problems) {
  std::map<std::string, PrepareCounts> counts;
  std::map<std::string, SourceRows> sources;
  for (std::size_t row = 0; row < prepared.size(); ++row) {
    const FrameInfo frame = prepared.frame(row);
    const std::string store = frame.dataset + "/" + to_word(frame.split);
    ++counts[store].by_status[to_word(frame.status)];
    SourceRows& source = sources[frame.source];
    source.store = store;
    if (std::exchange(source.last_frame, frame.frame) == frame.frame) continue;
    ++source.frames;
    if (could_be_read(frame.status)) {
      ++source.read;
    } else if (could_be_read(source.status)) {
      source.status = frame.status;
    }
  }
  for (const auto& [name, source] : sources) {
    if (could_be_read(source.status) && !problems.by_source().contains(name)) continue;
    counts[source.store].bad.push_back(bad_line(name, source, problems));
  }
  return counts;
}

}  // namespace unmask
