#include "launch/commands/verdict_arguments.h"

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "dist/agreement.h"
#include "launch/commands/score_arguments.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

void require_share(double value, const std::string& option) {
  if (value > 0 && value < 1) return;
  throw Error(ErrorKind::kUsage, "--" + option + " must lie between 0 and 1");
}

}  // namespace

void add_verdict_options(Command& command) {
  auto option = command.options.add_options();
  option("frames", po::value<std::string>()->default_value("32"),
         "of a video: 32 (evenly spaced), \"every 10\", \"0.5 s\", all");
  option("stream", po::value<double>(),
         "in place of --frames, for long videos: so many times a second faces are scored; they are tracked, and looked "
         "for in 360 lines");
  option("fpr", po::value<double>(),
         "the share of real videos that may be called fake (0.01, or the lowest that the calibration supports)");
  option("prior", po::value<double>()->default_value(0.5), "the share of fakes among what is judged, for P(fake)");
  option("threshold", po::value<double>(), "in place of --fpr: a mean score above it is fake (0.5 if uncalibrated)");
  option("detector-model", po::value<std::string>(), "YuNet's ONNX file, where the model's faces were found by it");
  option("no-sandbox", "decodes without the sandbox, where a system forbids it");
}

InputScorerOptions scorer_options(const ParsedOptions& parsed, const Session& session) {
  InputScorerOptions options;
  const std::string frames = parsed["frames"].as<std::string>();
  const auto rule = frame_rule_from(frames);
  if (!rule)
    throw Error(ErrorKind::kUsage, "--frames must be a number, \"every N\", \"S s\" or all, got \"" + frames + "\"");
  options.frames = *rule;
  options.stream = parsed.count("stream") > 0;
  if (options.stream) {
    const double per_s = parsed["stream"].as<double>();
    if (!parsed["frames"].defaulted()) throw Error(ErrorKind::kUsage, "--stream and --frames: give one of them");
    if (!(per_s >= 0.01) || !(per_s <= 1000)) throw Error(ErrorKind::kUsage, "--stream must be 0.01 to 1000 a second");
    options.frames = {FrameRule::Kind::kSeconds, 0, 1 / per_s};
  }
  options.model = score_options(parsed, session);
  options.detector_model = text_of(parsed, "detector-model").value_or("");
  options.sandbox = parsed.count("no-sandbox") == 0;
  return options;
}

void check_verdict_options(const ParsedOptions& parsed) {
  for (const char* option : {"threshold", "fpr", "prior"})
    if (parsed.count(option) > 0) require_share(parsed[option].as<double>(), option);
  if (parsed.count("threshold") > 0 && parsed.count("fpr") > 0)
    throw Error(ErrorKind::kUsage, "--threshold and --fpr both set the threshold: give one of them");
}

InputJudge open_judge(const std::string& command, const ParsedOptions& parsed, Session& session,
                      const std::filesystem::path& model, const InputScorerOptions& options) {
  InputJudge judge;
  agree(session.world(), command, [&] {
    judge.scorer = std::make_unique<InputScorer>(model, options);
    judge.verdicts = read_verdict_options(parsed, judge.scorer->calibration_json(), judge.scorer->limits());
  });
  judge.model_digest = session.on_root([&] {
    if (!options.sandbox) session.note("no sandbox: a hostile file may take over the decoder, and do what you may");
    return to_hex(digest128(MappedFile(model).bytes()));
  });
  return judge;
}

VerdictOptions read_verdict_options(const ParsedOptions& parsed, const std::string& calibration_json,
                                    const std::optional<FamiliarityLimits>& limits) {
  std::optional<double> fpr;
  if (parsed.count("fpr") > 0) fpr = parsed["fpr"].as<double>();
  VerdictOptions options = verdict_options(calibration_json, fpr);
  options.limits = limits;
  options.prior = parsed["prior"].as<double>();
  if (parsed.count("threshold") > 0) {
    options.threshold = parsed["threshold"].as<double>();
    options.fpr.reset();
  }
  return options;
}

}  // namespace unmask
