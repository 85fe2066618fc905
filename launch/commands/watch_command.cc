#include "launch/commands/watch_command.h"

#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "launch/commands/score_arguments.h"
#include "launch/commands/verdict_arguments.h"
#include "launch/rank_watch.h"
#include "launch/run/folder_watch.h"
#include "launch/run/input_scorer.h"
#include "launch/run/model_path.h"
#include "launch/stop_signals.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// Absolute, without a slash at its end: where the program was started must not change what an input is called.
fs::path whole_path(const std::string& text) {
  const fs::path path = fs::absolute(text).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

FolderWatchOptions watch_options(const ParsedOptions& parsed) {
  FolderWatchOptions options;
  options.folder = whole_path(parsed["FOLDER"].as<std::string>());
  options.out = whole_path(text_of(parsed, "out").value_or(options.folder.native() + ".verdicts"));
  options.poll_s = parsed["poll"].as<double>();
  if (!(options.poll_s > 0) || !std::isfinite(options.poll_s))
    throw Error(ErrorKind::kUsage, "--poll must be > 0 seconds");
  options.once = parsed.count("once") > 0;
  return options;
}

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  FolderWatchOptions options = watch_options(parsed);
  const InputScorerOptions scoring = scorer_options(parsed, session);
  check_verdict_options(parsed);
  RankWatch watch(session, parsed["timeout"].as<double>());
  const fs::path model = session.on_root([&] { return find_model(parsed["MODEL"].as<std::string>()).string(); });
  const InputJudge judge = open_judge("watch", parsed, session, model, scoring);
  options.model_digest = judge.model_digest;
  options.verdicts = judge.verdicts;
  FolderWatch folder(options, session, stop);
  folder.run([&](const fs::path& file) {
    return judge.scorer->score(file, [&] {
      watch.advance("judging");
      if (stop.load()) throw Error(ErrorKind::kStopped, "stopped on request");
    });
  });
  watch.close();
  return 0;
}

}  // namespace

Command watch_command() {
  Command command;
  command.name = "watch";
  command.summary = "judges what arrives in a folder";
  command.usage = "MODEL FOLDER [--out DIR] [--poll SECONDS] [--once]";
  command.examples =
      "  unmask watch runs/demo uploads\n"
      "  mpirun -n 4 unmask watch runs/demo /srv/uploads --out /srv/verdicts --poll 10\n"
      "  unmask watch runs/demo uploads --once   for cron\n";
  command.notes =
      R"(MODEL is a model file, a run folder (its chosen trial) or RUN:0007; it is read once, at the start.
FOLDER is looked at again and again, at any depth, but for hidden names; nothing in it is moved or changed. A file is
judged as `unmask predict` does once its size and time have held for 2 s; ranks share the files. Each is judged once by
each model, whatever was killed meanwhile: it is known by its path, size and time of change.
DIR gets a file of JSON lines a day (2026-11-28.jsonl, by UTC) and a journal of what was judged; one watch at a time.
Ctrl-C, SIGTERM and SIGUSR1 end it after the files at hand with exit code 75; the same command goes on.
)";
  command.uses_mpi = true;
  command.saves_on_signal = true;
  command.positional = {"MODEL", "FOLDER"};
  auto option = command.options.add_options();
  option("out", po::value<std::string>(), "where the verdicts and the journal are (FOLDER.verdicts, beside FOLDER)");
  option("poll", po::value<double>()->default_value(2), "seconds between two looks at FOLDER");
  option("once", "judges what stands there now, and ends with exit code 0");
  add_verdict_options(command);
  add_score_options(command);
  command.run = run;
  return command;
}

}  // namespace unmask
