#include "launch/commands/synth_command.h"

#include "base/error.h"
#include "data/synth/synth.h"
#include "launch/progress_line.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

int run(const ParsedOptions& parsed, Session& session) {
  SynthOptions options;
  options.out = parsed["DIR"].as<std::string>();
  if (parsed.count("faces") == 0)
    throw Error(ErrorKind::kUsage, "--faces DIR is missing: a folder of face photos and videos");
  options.faces = parsed["faces"].as<std::string>();
  const auto seed = parsed["seed"].as<long long>();
  options.threads = parsed["threads"].as<int>();
  options.videos = parsed.count("no-videos") == 0;
  if (seed < 0) throw Error(ErrorKind::kUsage, "--seed must be >= 0");
  if (options.threads < 1) throw Error(ErrorKind::kUsage, "--threads must be >= 1");
  options.seed = static_cast<std::uint64_t>(seed);
  SynthReport report;
  {
    ProgressLine progress;
    report = make_synth(
        options, [&](double done) { progress.show("synth: " + std::to_string(static_cast<int>(100 * done)) + "%"); });
  }
  for (const std::string& file : report.unused) session.note("not used: " + file);
  session.print(std::to_string(report.videos) + " videos, " + std::to_string(report.frames) + " frames in " +
                options.out.string() + (report.has_videos ? ", also as H.264 files" : ""));
  return 0;
}

}  // namespace

Command synth_command() {
  Command command;
  command.name = "synth";
  command.summary = "makes a small dataset with known truth";
  command.usage = "DIR --faces DIR [--seed N] [--threads N] [--no-videos]";
  command.examples = "  unmask synth runs/demo-data --faces downloads/faces --seed 7\n";
  command.notes =
      "DIR/datasets has the frames as pictures, DIR/videos the same clips as H.264 files in FaceForensics++'s tree, "
      "and\n"
      "DIR/clips.csv lists these with all that is known of them; `unmask prepare` takes each of the three.\n"
      "Equal seed and faces give equal bytes, for any number of threads.\n";
  command.positional = {"DIR"};
  command.options.add_options()("faces", po::value<std::string>(), "folder of face photos and videos")(
      "seed", po::value<long long>()->default_value(0), "seed of all draws")(
      "threads", po::value<int>()->default_value(2), "no effect on the bytes")("no-videos", "pictures alone");
  command.run = run;
  return command;
}

}  // namespace unmask
