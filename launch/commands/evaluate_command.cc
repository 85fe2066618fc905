#include "launch/commands/evaluate_command.h"

#include <filesystem>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/rank_watch.h"
#include "launch/run/chosen_calibration.h"
#include "launch/run/joined_scores.h"
#include "launch/run/model_path.h"
#include "model/score/evaluator.h"
#include "model/train/numerics.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

int run(const ParsedOptions& parsed, Session& session) {
  std::vector<IdentitySubset> subsets;
  for (const std::string& text : texts_of(parsed, "subset")) subsets.push_back(parse_subset(text));
  const int threads = parsed["threads"].as<int>();
  if (threads < 1) throw Error(ErrorKind::kUsage, "--threads must be >= 1");
  const Device device = resolve_device(word_of<Device>(parsed, "device"));
  const auto json = text_of(parsed, "json"), csv = text_of(parsed, "csv");
  RankWatch watch(session, parsed["timeout"].as<double>());
  const std::filesystem::path model =
      session.on_root([&] { return find_model(parsed["MODEL"].as<std::string>()).string(); });
  const std::vector<std::string> names = texts_of(parsed, "STORE");
  const std::vector<std::filesystem::path> stores(names.begin(), names.end());
  // Rank zero looks first, so that a missing store is one message.
  session.on_root([&] {
    if (json) require_writable(*json);
    if (csv) require_writable(*csv);
    return std::to_string(SampleList(stores).size());
  });
  const SampleList samples(stores);
  const std::vector<double> scores =
      fake_probabilities(model, samples, session.world(), {threads, device, session.local_rank()});
  session.on_root([&] {
    const std::vector<EvaluatedFrame> frames = join_scores(samples, scores);
    const std::vector<EvaluationRow> rows = evaluate_frames(frames, subsets);
    session.print(evaluation_table(rows));
    if (json) write_file_durably(*json, evaluation_json(rows, uncalibrated_digest(model)));
    if (csv) write_file_durably(*csv, evaluation_csv(frames));
    return std::string();
  });
  watch.close();
  return samples.size() > 0 ? 0 : static_cast<int>(ErrorKind::kData);
}

}  // namespace

Command evaluate_command() {
  Command command;
  command.name = "evaluate";
  command.summary = "scores a model on crop stores, by frame and by video";
  command.usage = "MODEL STORE... [--json FILE] [--csv FILE] [--subset NAME=REGEX]...";
  command.examples =
      "  unmask evaluate runs/demo stores/base/val.crops stores/augment/val.crops --json scores.json --csv frames.csv\n"
      "  mpirun -n 2 unmask evaluate runs/demo:0000 stores/base/val.crops --subset 'drawn=^d[0-9]+$' --subset "
      "'real=^[^d]'\n";
  command.notes =
      R"(MODEL is a model file, a run folder (its chosen trial) or RUN:0007. STORE is a file: stores/base/val.crops.
One row a dataset, then one a method (its fakes against all reals of the dataset), then one a subset.
A video is (dataset, method, compression, name); its score is the mean fake probability of its frames. Frames and
videos without a face have no score: they are counted (with a face / all), never dropped in silence.
Balanced accuracy (the mean of both classes' recalls) is what the original work printed as AUC.
)";
  command.uses_mpi = true;
  command.positional = {"MODEL", "STORE"};
  command.last_repeats = true;
  auto option = command.options.add_options();
  option("json", po::value<std::string>(), "write all scores as JSON");
  option("csv", po::value<std::string>(), "write one line a frame, in full precision");
  option("subset", po::value<std::vector<std::string>>()->composing(),
         "NAME=REGEX: target identities that are shown apart");
  option("threads", po::value<int>()->default_value(1), "threads a rank");
  option("device", po::value<std::string>()->default_value("auto"), "auto, cpu or cuda");
  option("timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
  command.run = run;
  return command;
}

}  // namespace unmask
