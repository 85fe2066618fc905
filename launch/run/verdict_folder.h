// Where `unmask watch` writes: a file of verdicts a day, and a journal of what was judged, so that no input is judged
// twice, whatever is killed when. Both are synced; the journal is an index of the days' files only, and is made up from
// them where it is behind, damaged or lost.
//
//   VerdictFolder verdicts("uploads.verdicts", model_digest, note);
//   if (!verdicts.has(file)) verdicts.add({{file, verdict_json(input, options, model_digest)}}, std::time(nullptr));
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/growing_file.h"
#include "launch/run/watch_record.h"
#include "sweep/run/run_lock.h"

namespace unmask {

struct NewVerdict {
  FoundFile file;
  std::string json;  // a line of `predict --json`, without its end
};

/// Rank zero alone; one process at a time.
class VerdictFolder {
 public:
  /// Makes the folder if it isn't there. `note` is told what is odd about its files. THROWS RunHeld where another
  /// process has it; Error(kFailed).
  VerdictFolder(std::filesystem::path folder, std::string model_digest,
                const std::function<void(const std::string&)>& note);
  /// Was it judged by this model, as it is?
  bool has(const FoundFile& file) const;
  /// Verdicts of this model. THROWS Error(kFailed) if they can't be written, or another process took over.
  void add(const std::vector<NewVerdict>& verdicts, std::time_t judged);

 private:
  void read_journal(const std::function<void(const std::string&)>& note);
  void catch_up(const std::string& day);

  std::filesystem::path folder_;
  std::string model_digest_;
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<GrowingFile> journal_, day_file_;
  std::string day_;                            // name of day_file_
  std::unordered_set<std::string> judged_;     // by any model
  std::map<std::string, std::uint64_t> ends_;  // of what the journal has of a day's file
};

}  // namespace unmask
