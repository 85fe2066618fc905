// `unmask watch` over ranks: rank zero lists the folder and writes verdicts, all ranks judge.
//
//   FolderWatch folder(options, session, stop);
//   folder.run([&](const std::filesystem::path& file) { return scorer.score(file, each); });
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "launch/run/arrivals.h"
#include "launch/run/verdict_folder.h"
#include "launch/session.h"
#include "model/score/verdict.h"

namespace unmask {

struct FolderWatchOptions {
  std::filesystem::path folder, out;  // absolute
  double poll_s = 2;
  bool once = false;   // what stands there, then it ends
  double still_s = 2;  // so long a file must not change
  VerdictOptions verdicts;
  std::string model_digest;
};

/// What a rank sees in a file, not judged yet. THROWS Error(kStopped) to give it up.
using ScoreInput = std::function<JudgedInput(const std::filesystem::path&)>;

class FolderWatch {
 public:
  /// COLLECTIVE. `stop`: of this rank; that of any rank stops all. THROWS Error(kUsage) if there is no such folder, or
  /// it is `out` itself; RunHeld if another process writes to `out`.
  FolderWatch(FolderWatchOptions options, Session& session, const std::atomic<bool>& stop);
  /// COLLECTIVE. Returns only with options.once. THROWS Error(kStopped) on request, after the inputs at hand.
  void run(const ScoreInput& score);

 private:
  std::vector<FoundFile> look();
  void judge(const std::vector<std::filesystem::path>& files, const ScoreInput& score);
  void write(const std::vector<FoundFile>& files, const std::vector<std::string>& scored);
  void note_new(const std::vector<std::string>& faults);
  void pause(double seconds);
  void stop_if_asked();

  FolderWatchOptions options_;
  Session& session_;
  const std::atomic<bool>& stop_;
  // Rank zero's.
  std::unique_ptr<VerdictFolder> verdicts_;
  Arrivals arrivals_;
  std::vector<FoundFile> due_;
  std::set<std::string> noted_;  // faults of the folder that are known
  std::size_t judged_ = 0;
};

}  // namespace unmask
