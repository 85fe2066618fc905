#include "launch/commands/evaluate_command.h"

#include <filesystem>
#include <optional>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/commands/corruption_arguments.h"
#include "launch/commands/score_arguments.h"
#include "launch/rank_watch.h"
#include "launch/run/added_scorer.h"
#include "launch/run/chosen_calibration.h"
#include "launch/run/corruption_runner.h"
#include "launch/run/init_detector.h"
#include "launch/run/joined_scores.h"
#include "launch/run/model_path.h"
#include "launch/run/run_report.h"
#include "model/score/comparison.h"
#include "model/score/corruption_matrix.h"
#include "model/score/evaluator.h"
#include "model/score/external_scores.h"
#include "model/score/latex_table.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kLargestScores = std::size_t{1} << 30;  // bytes of a scores file

/// What frames are scored with: a model, or a file of other people's scores.
struct Scorer {
  std::string name;             // as the user wrote it
  std::filesystem::path model;  // empty: a file of scores
  bool is_of_run() const { return !model.empty() && model != name; }
};

/// COLLECTIVE. The frames of all stores with their scores, on rank zero; elsewhere nothing.
std::vector<EvaluatedFrame> score(const Scorer& scorer, const SampleList& samples, Session& session,
                                  const ScoreOptions& options) {
  std::vector<double> scores(samples.size());
  if (!scorer.model.empty()) scores = fake_probabilities(scorer.model, samples, session.world(), options);
  std::vector<EvaluatedFrame> frames;
  session.on_root([&] {
    frames = join_scores(samples, scores);
    if (scorer.model.empty()) {
      const std::string text = read_text_file(scorer.name, kLargestScores);
      session.print(take_external_scores(text, scorer.name, frames).told(scorer.name));
    }
    return std::string();
  });
  return frames;
}

/// The files that are written at the end.
struct Outputs {
  std::optional<std::string> json, csv, latex;
  void require() const {
    for (const auto& file : {json, csv, latex}) {
      if (file) require_writable(*file);
    }
  }
};

/// Beside a run's model, for those who look at the run later. A convenience: a run may be read-only.
void keep_in_run(Session& session, const Scorer& scorer, const CorruptionMatrix& matrix) {
  const std::filesystem::path folder = scorer.model.parent_path();
  try {
    write_file_durably(folder / "corruption.json", corruption_json(matrix));
    write_file_durably(folder / "corruption.csv", corruption_csv(matrix));
    session.note("kept in " + folder.string() + ": corruption.json, corruption.csv");
  } catch (const Error& error) {
    session.note("not kept in the run: " + std::string(error.what()));
  }
}

/// What rank zero knows at the end.
struct Found {
  std::vector<EvaluatedFrame> frames, theirs;
  std::optional<CorruptionMatrix> matrix;
};

void tell(Session& session, const Outputs& outputs, const std::vector<IdentitySubset>& subsets, const Scorer& scorer,
          const std::optional<Scorer>& other, const Found& found) {
  const auto& [frames, theirs, matrix] = found;
  const std::vector<EvaluationRow> rows = evaluate_frames(frames, subsets);
  session.print(evaluation_table(rows));
  const auto detector = scorer.model.empty() ? std::nullopt : init_detector(scorer.model);
  if (detector && !detector->leaks.empty()) session.print(detector->leaks);
  std::string against;
  if (other) {
    const std::vector<ComparisonRow> compared = compare_frames(frames, theirs);
    session.print("\n" + comparison_table(compared, other->name));
    against = comparison_json(compared);
  }
  if (matrix) {
    session.print("\n" + corruption_table(*matrix));
    if (scorer.is_of_run()) keep_in_run(session, scorer, *matrix);
  }
  const std::string digest = scorer.model.empty() ? "" : uncalibrated_digest(scorer.model);
  if (outputs.json)
    write_file_durably(*outputs.json,
                       evaluation_json(rows, digest, against, matrix ? corruption_json(*matrix) : std::string()));
  if (outputs.csv) write_file_durably(*outputs.csv, matrix ? corruption_csv(*matrix) : evaluation_csv(frames));
  if (outputs.latex) write_file_durably(*outputs.latex, latex_table(rows));
}

/// --all-trials: every trial's kept weights; the scores stay beside the run.
void score_all_trials(const ParsedOptions& parsed, Session& session, const ScoreOptions& options) {
  for (const char* other : {"scores", "against", "json", "csv", "latex", "subset", "corrupt", "corruption"}) {
    if (parsed.count(other) > 0)
      throw Error(ErrorKind::kUsage, "--" + std::string(other) +
                                         ": not with --all-trials, whose scores are in "
                                         "RUN/added_scores.json and `unmask report RUN --csv`");
  }
  const RunFolder folder(parsed["MODEL"].as<std::string>());
  const std::vector<std::string> names = texts_of(parsed, "STORE");
  const AddedWork work = added_work(session, folder, {names.begin(), names.end()});
  add_scores(session, folder, work, options);
  session.on_root([&] {
    if (work.known > 0) session.note(std::to_string(work.known) + " scores of these stores were there already");
    session.print(added_report(read_recorded_run(folder, [](const std::string&) {})));
    if (!work.left_out.empty()) session.print(work.left_out);
    session.note("kept in " + folder.added_scores().string() + "; `unmask report " + folder.root().string() +
                 "` shows them");
    return std::string();
  });
}

int run(const ParsedOptions& parsed, Session& session) {
  std::vector<IdentitySubset> subsets;
  for (const std::string& text : texts_of(parsed, "subset")) subsets.push_back(parse_subset(text));
  const ScoreOptions options = score_options(parsed, session);
  const std::optional<CorruptOptions> corruption = read_corruption_options(parsed);
  const Outputs outputs = {text_of(parsed, "json"), text_of(parsed, "csv"), text_of(parsed, "latex")};
  RankWatch watch(session, parsed["timeout"].as<double>());
  if (parsed.count("all-trials") > 0) {
    score_all_trials(parsed, session, options);
    watch.close();
    return 0;
  }
  const auto model_scorer = [&](const std::string& name) {
    return Scorer{name, session.on_root([&] { return find_model(name).string(); })};
  };
  const auto their_scores = text_of(parsed, "scores"), against = text_of(parsed, "against");
  const Scorer scorer = their_scores ? Scorer{*their_scores, {}} : model_scorer(parsed["MODEL"].as<std::string>());
  std::optional<Scorer> other;
  if (against) other = against->ends_with(".csv") ? Scorer{*against, {}} : model_scorer(*against);
  const std::vector<std::string> names = texts_of(parsed, "STORE");
  const std::vector<std::filesystem::path> stores(names.begin(), names.end());
  // Rank zero looks first, so that a missing store is one message.
  session.on_root([&] {
    outputs.require();
    if (corruption) require_source_folders(corruption->sources);
    for (const auto& file : {their_scores, other && other->model.empty() ? against : std::nullopt}) {
      if (file) read_text_file(*file, kLargestScores);  // before a model has scored for an hour
    }
    return std::to_string(SampleList(stores).size());
  });
  const SampleList samples(stores);
  Found found;
  found.frames = score(scorer, samples, session, options);
  if (other) found.theirs = score(*other, samples, session, options);
  if (corruption && samples.size() > 0) {
    const CorruptedScores scores = score_corrupted(scorer.model, samples, *corruption, options, session, watch);
    session.on_root([&] {
      found.matrix = corruption_matrix(uncalibrated_digest(scorer.model), *corruption, found.frames, scores, subsets);
      return std::string();
    });
  }
  session.on_root([&] {
    tell(session, outputs, subsets, scorer, other, found);
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
  command.usage =
      "MODEL|--scores FILE.csv STORE... [--against MODEL|FILE.csv] [--json FILE] [--csv FILE] [--latex FILE] "
      "[--subset NAME=REGEX]... [--corrupt [--sources ROOT]...]\n"
      "       RUN --all-trials STORE...";
  command.examples =
      "  unmask evaluate runs/demo stores/base/val.crops stores/augment/val.crops --json scores.json --csv frames.csv\n"
      "  unmask evaluate --scores theirs.csv stores/base/test.crops --against runs/demo --latex table.tex\n"
      "  mpirun -n 2 unmask evaluate runs/demo stores/base/test.crops --corrupt --sources /data/videos --csv "
      "matrix.csv\n"
      "  mpirun -n 2 unmask evaluate runs/demo:0000 stores/base/val.crops --subset 'drawn=^d[0-9]+$' --subset "
      "'real=^[^d]'\n";
  command.notes =
      R"(MODEL is a model file, a run folder (its chosen trial) or RUN:0007. STORE is a file: stores/base/val.crops.
One row a dataset, then one a method (its fakes against all reals of the dataset), then one a subset.
A video is (dataset, method, compression, name); its score is the mean fake probability of its frames. Frames and
videos without a face have no score: they are counted (with a face / all), never dropped in silence.
Balanced accuracy (the mean of both classes' recalls) is what the original work printed as AUC.
Intervals are of 95%, from a bootstrap over clusters: videos that share a person, as target or source, are drawn
together. The table has that of the videos' AUC; --json has all.
--scores takes other people's scores in the model's place: a CSV file with a column score (higher for fakes; accuracies
are at 0.5) and path (as the store has it, or longer) or video; frame, dataset, method and compression where these are
not enough. A row without a frame is for all frames of its video. Rows that match nothing are counted.
--all-trials scores the kept weights of every trial of RUN on datasets that came after it. The scores stand beside the
run, in RUN/added_scores.json, change neither choice nor results.csv, and are shown by `unmask report`. What is scored
already isn't scored again; trials whose weights are gone are named.
--against compares on the videos that both have scored: the difference, paired, with its interval.
--corrupt scores the faces again after each of six corruptions in five strengths: JPEG, resize, blur, noise, brightness,
H.264. With --sources ROOT, the folder that was prepared (several may be given), the frames are corrupted before faces
are found in them by the stores' own detector, and the table tells how many still are; without it the stored crops are.
--csv then has a line a dataset, method and corruption. Of a run it is kept beside the model, as corruption.json and
corruption.csv. It takes 30 times as long, and the finding of faces where there are sources.
)";
  command.uses_mpi = true;
  command.positional = {"MODEL", "STORE"};
  command.last_repeats = true;
  command.stands_for_first = "scores";
  auto option = command.options.add_options();
  option("all-trials", "every trial of RUN, on datasets that came later");
  option("json", po::value<std::string>(), "write all scores as JSON");
  option("csv", po::value<std::string>(), "write one line a frame (with --corrupt: a corruption), in full precision");
  option("latex", po::value<std::string>(), "write a table for a paper (LaTeX with booktabs)");
  option("scores", po::value<std::string>(), "FILE.csv: other people's scores, in MODEL's place");
  option("against", po::value<std::string>(), "MODEL or FILE.csv to compare with");
  option("subset", po::value<std::vector<std::string>>()->composing(),
         "NAME=REGEX: target identities that are shown apart");
  add_corruption_options(command.options);
  add_score_options(command);
  command.run = run;
  return command;
}

}  // namespace unmask
