#include "launch/run/folder_watch.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "base/error.h"
#include "data/printable.h"
#include "dist/agreement.h"
#include "launch/run/input_list.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kSliceS = 1;              // of a pause: so long a stop of one rank waits for the others
constexpr std::size_t kMostAtOnce = 4096;  // inputs between two looks at the folder

void require_folder(const FolderWatchOptions& options) {
  std::error_code fault;
  if (!fs::is_directory(options.folder, fault)) {
    throw Error(ErrorKind::kUsage, printable(options.folder.native()) + ": is no folder" +
                                       (fault ? " (" + fault.message() + ")" : std::string()) +
                                       "; wanted the folder to watch");
  }
  if (fs::equivalent(options.folder, options.out, fault)) {
    throw Error(ErrorKind::kUsage, "--out: " + printable(options.out.native()) +
                                       " is the folder that is watched; wanted another, or one in it");
  }
}

double now_s() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

std::string told(const JudgedInput& input) {
  return input.name + ": " + to_word(input.verdict) + (input.reason.empty() ? "" : " (" + input.reason + ")");
}

}  // namespace

FolderWatch::FolderWatch(FolderWatchOptions options, Session& session, const std::atomic<bool>& stop)
    : options_(std::move(options)), session_(session), stop_(stop), arrivals_(options_.still_s) {
  session_.on_root([&] {
    require_folder(options_);
    verdicts_ = std::make_unique<VerdictFolder>(options_.out, options_.model_digest,
                                                [&](const std::string& line) { session_.note(line); });
    session_.note("watching " + printable(options_.folder.native()) + "; verdicts go to " +
                  printable(options_.out.native()));
    return std::string();
  });
}

void FolderWatch::run(const ScoreInput& score) {
  for (bool is_first = true;; is_first = false) {
    const std::vector<fs::path> files = files_from(session_.on_root([&] {
      due_ = look();
      std::vector<fs::path> paths;
      for (const FoundFile& file : due_) paths.push_back(file.path);
      return to_text(paths);
    }));
    judge(files, score);
    if (options_.once && !is_first && files.size() < kMostAtOnce) return;
    if (files.empty()) pause(options_.once ? options_.still_s : options_.poll_s);
  }
}

std::vector<FoundFile> FolderWatch::look() {
  const FolderScan scan = scan_folder(options_.folder, options_.out);
  note_new(scan.faults);
  std::vector<FoundFile> due =
      arrivals_.due(scan.files, now_s(), [&](const FoundFile& file) { return verdicts_->has(file); });
  if (due.size() > kMostAtOnce) due.resize(kMostAtOnce);
  return due;
}

void FolderWatch::note_new(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults) {
    if (!noted_.contains(fault)) session_.note(fault + "; it is looked at again");
  }
  for (const std::string& fault : noted_) {
    if (std::ranges::find(faults, fault) == faults.end()) session_.note(fault + ": no longer so");
  }
  noted_ = {faults.begin(), faults.end()};
}

/// An input a rank and round.
void FolderWatch::judge(const std::vector<fs::path>& files, const ScoreInput& score) {
  const auto world = static_cast<std::size_t>(session_.world().world());
  for (std::size_t first = 0; first < files.size(); first += world) {
    stop_if_asked();
    std::string mine;
    agree(session_.world(), "watch", [&] {
      const std::size_t own = first + static_cast<std::size_t>(session_.rank());
      if (own >= files.size()) return;
      try {
        JudgedInput input = score(files[own]);
        unmask::judge(input, options_.verdicts);
        mine = to_text(input);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kStopped) throw;  // else what others have judged is kept
      }
    });
    const std::vector<std::string> scored = all_gather_text(session_.world(), mine);
    session_.on_root([&] {
      write({due_.begin() + static_cast<std::ptrdiff_t>(first),
             due_.begin() + static_cast<std::ptrdiff_t>(std::min(first + world, due_.size()))},
            scored);
      return std::string();
    });
  }
  stop_if_asked();
}

void FolderWatch::write(const std::vector<FoundFile>& files, const std::vector<std::string>& scored) {
  std::vector<NewVerdict> verdicts;
  std::string lines;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (scored[i].empty()) continue;
    // A disk that was gone for a moment, or somebody who writes on: what was seen isn't what was found.
    if (found_file(files[i].path) != files[i]) {
      session_.note(printable(files[i].path.native()) +
                    ": changed or vanished before it was judged; it is judged when it stands still");
      continue;
    }
    const JudgedInput input = judged_from(scored[i]);
    verdicts.push_back({files[i], verdict_json(input, options_.verdicts, options_.model_digest)});
    lines += (lines.empty() ? "" : "\n") + told(input);
  }
  verdicts_->add(verdicts, std::time(nullptr));
  judged_ += verdicts.size();
  if (!lines.empty()) session_.print(lines);
}

void FolderWatch::pause(double seconds) {
  while (seconds > 0) {
    const double slice_s = std::min(seconds, kSliceS);
    const auto until = Clock::now() + std::chrono::duration<double>(slice_s);
    while (!stop_.load() && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop_if_asked();
    seconds -= slice_s;
  }
}

void FolderWatch::stop_if_asked() {
  const std::vector<std::string> asked = all_gather_text(session_.world(), stop_.load() ? "stop" : "");
  if (std::ranges::all_of(asked, [](const std::string& word) { return word.empty(); })) return;
  throw Error(ErrorKind::kStopped, "stopped on request; inputs judged since the start: " + std::to_string(judged_) +
                                       ". The same command goes on");
}

}  // namespace unmask
