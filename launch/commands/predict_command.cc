#include "launch/commands/predict_command.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "dist/agreement.h"
#include "launch/rank_watch.h"
#include "launch/run/input_list.h"
#include "launch/run/input_scorer.h"
#include "launch/run/model_path.h"
#include "launch/stop_signals.h"
#include "model/train/numerics.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

constexpr int kSomeUnread = 4;

InputScorerOptions scorer_options(const ParsedOptions& parsed, const Session& session) {
  InputScorerOptions options;
  const std::string frames = parsed["frames"].as<std::string>();
  const auto rule = frame_rule_from(frames);
  if (!rule)
    throw Error(ErrorKind::kUsage, "--frames must be a number, \"every N\", \"S s\" or all, got \"" + frames + "\"");
  options.frames = *rule;
  options.model = {parsed["threads"].as<int>(), resolve_device(word_of<Device>(parsed, "device")),
                   session.local_rank()};
  if (options.model.threads < 1) throw Error(ErrorKind::kUsage, "--threads must be >= 1");
  options.detector_model = text_of(parsed, "detector-model").value_or("");
  options.sandbox = parsed.count("no-sandbox") == 0;
  return options;
}

void require_share(double value, const std::string& option) {
  if (value > 0 && value < 1) return;
  throw Error(ErrorKind::kUsage, "--" + option + " must lie between 0 and 1");
}

/// On all ranks before the work, as far as the model isn't needed.
void check_verdict_options(const ParsedOptions& parsed) {
  for (const char* option : {"threshold", "fpr", "prior"})
    if (parsed.count(option) > 0) require_share(parsed[option].as<double>(), option);
  if (parsed.count("threshold") > 0 && parsed.count("fpr") > 0)
    throw Error(ErrorKind::kUsage, "--threshold and --fpr both set the threshold: give one of them");
}

VerdictOptions read_verdict_options(const ParsedOptions& parsed, const std::string& calibration_json) {
  std::optional<double> fpr;
  if (parsed.count("fpr") > 0) fpr = parsed["fpr"].as<double>();
  VerdictOptions options = verdict_options(calibration_json, fpr);
  options.prior = parsed["prior"].as<double>();
  if (parsed.count("threshold") > 0) {
    options.threshold = parsed["threshold"].as<double>();
    options.fpr.reset();
  }
  return options;
}

/// What rank zero writes: a line an input as it is known, or all at the end.
class VerdictOutput {
 public:
  VerdictOutput(const std::optional<std::string>& json, VerdictOptions options, std::string digest)
      : json_(json), options_(options), digest_(std::move(digest)) {
    if (!json_ || *json_ == "-") return;
    require_writable(*json_);
    file_.open(*json_, std::ios::trunc);
  }
  void add(JudgedInput input) {
    if (!input.could_be_read()) ++unread_;
    if (json_) write(verdict_json(input, options_, digest_) + "\n");
    input.faces.clear();
    inputs_.push_back(std::move(input));
  }
  std::string table() const { return json_ == "-" ? "" : verdict_table(inputs_, options_); }
  int unread() const { return unread_; }

 private:
  void write(const std::string& line) {
    const bool standard = *json_ == "-";
    if (standard) {
      std::fwrite(line.data(), 1, line.size(), stdout);
    } else {
      file_ << line << std::flush;
    }
    if (standard ? std::fflush(stdout) != 0 : !file_.good())
      throw Error(ErrorKind::kFailed, "--json: " + *json_ + " can't be written: is the disk full?");
  }

  std::optional<std::string> json_;
  VerdictOptions options_;
  std::string digest_;
  std::ofstream file_;
  std::vector<JudgedInput> inputs_;
  int unread_ = 0;
};

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  const InputScorerOptions options = scorer_options(parsed, session);
  check_verdict_options(parsed);
  RankWatch watch(session, parsed["timeout"].as<double>());
  const std::filesystem::path model =
      session.on_root([&] { return find_model(parsed["MODEL"].as<std::string>()).string(); });
  const std::vector<std::filesystem::path> files =
      files_from(session.on_root([&] { return to_text(listed_inputs(texts_of(parsed, "INPUT"), std::cin)); }));
  std::optional<InputScorer> scorer;
  VerdictOptions verdicts;
  agree(session.world(), "predict", [&] {
    scorer.emplace(model, options);
    verdicts = read_verdict_options(parsed, scorer->calibration_json());
  });
  std::optional<VerdictOutput> output;
  session.on_root([&] {
    if (!options.sandbox) session.note("no sandbox: a hostile file may take over the decoder, and do what you may");
    output.emplace(text_of(parsed, "json"), verdicts, to_hex(digest128(MappedFile(model).bytes())));
    return std::string();
  });
  const auto world = static_cast<std::size_t>(session.world().world());
  for (std::size_t first = 0; first < files.size(); first += world) {
    std::string mine;
    agree(session.world(), "predict", [&] {
      const std::size_t own = first + static_cast<std::size_t>(session.rank());
      if (own >= files.size()) return;
      mine = to_text(scorer->score(files[own], [&] {
        watch.advance("judging");
        if (stop.load()) throw Error(ErrorKind::kStopped, "stopped on request, before " + files[own].string());
      }));
    });
    const std::vector<std::string> judged = all_gather_text(session.world(), mine);
    session.on_root([&] {
      for (const std::string& text : judged) {
        if (!text.empty()) output->add(judged_from(text, verdicts));
      }
      return std::string();
    });
  }
  watch.close();
  const std::string unread = session.on_root([&] {
    if (const std::string table = output->table(); !table.empty()) session.print(table);
    return std::to_string(output->unread());
  });
  return unread == "0" ? 0 : kSomeUnread;
}

}  // namespace

Command predict_command() {
  Command command;
  command.name = "predict";
  command.summary = "judges pictures and videos with a model";
  command.usage = "MODEL INPUT... [--json FILE] [--frames RULE]";
  command.examples =
      "  unmask predict runs/demo clip.mp4 photo.jpg\n"
      "  mpirun -n 4 unmask predict runs/demo uploads --json verdicts.jsonl\n"
      "  find uploads -name '*.mp4' | unmask predict runs/demo:0003 - --json -\n";
  command.notes =
      R"(MODEL is a model file, a run folder (its chosen trial) or RUN:0007. INPUT is a picture, a video, a folder (all
in it, at any depth), or - for a list of paths on standard input. Ranks share the inputs.
Faces are found and cropped as for the model's training, and decoded in a sandbox. Each person is judged by the mean
score of the faces: fake, no manipulation found, or cannot judge, and why. "No manipulation found" is not "real": the
model knows only what it was trained on. A calibrated model (chosen/ of a run whose stores had real videos enough) has
a log-likelihood ratio, and a probability at the stated prior; of another the scores are no probabilities.
Exit code 0 whatever the verdicts, 4 if some inputs couldn't be read.
)";
  command.uses_mpi = true;
  command.positional = {"MODEL", "INPUT"};
  command.last_repeats = true;
  auto option = command.options.add_options();
  option("json", po::value<std::string>(), "write a line of JSON an input, as it is judged; - is standard output");
  option("frames", po::value<std::string>()->default_value("32"),
         "of a video: 32 (evenly spaced), \"every 10\", \"0.5 s\", all");
  option("fpr", po::value<double>(),
         "the share of real videos that may be called fake (0.01, or the lowest that the calibration supports)");
  option("prior", po::value<double>()->default_value(0.5), "the share of fakes among what is judged, for P(fake)");
  option("threshold", po::value<double>(), "in place of --fpr: a mean score above it is fake (0.5 if uncalibrated)");
  option("detector-model", po::value<std::string>(), "YuNet's ONNX file, where the model's faces were found by it");
  option("no-sandbox", "decodes without the sandbox, where a system forbids it");
  option("threads", po::value<int>()->default_value(1), "threads a rank");
  option("device", po::value<std::string>()->default_value("auto"), "auto, cpu or cuda");
  option("timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
  command.run = run;
  return command;
}

}  // namespace unmask
