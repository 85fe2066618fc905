#include "launch/commands/predict_command.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "dist/agreement.h"
#include "launch/commands/score_arguments.h"
#include "launch/commands/verdict_arguments.h"
#include "launch/rank_watch.h"
#include "launch/run/input_list.h"
#include "launch/run/input_scorer.h"
#include "launch/run/model_path.h"
#include "launch/stop_signals.h"
#include "report/verdict_page.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

constexpr int kSomeUnread = 4;

struct PageFile {
  std::string file;
  JudgingModel model;
};

/// What rank zero writes: a line an input as it is known, or all at the end.
class VerdictOutput {
 public:
  VerdictOutput(const std::optional<std::string>& json, VerdictOptions options, std::string digest)
      : json_(json), options_(options), digest_(std::move(digest)) {
    if (!json_ || *json_ == "-") return;
    require_writable(*json_);
    file_.open(*json_, std::ios::trunc);
  }
  /// Also as a page, which `finish` writes.
  void show_on(const PageFile& page) {
    require_writable(page.file);
    html_ = page.file;
    page_.emplace(page.model, options_);
  }
  void add(JudgedInput input) {
    if (!input.could_be_read()) ++unread_;
    if (json_) write(verdict_json(input, options_, digest_) + "\n");
    if (page_) page_->add(input);
    input.faces.clear();
    input.telling.clear();
    inputs_.push_back(std::move(input));
  }
  std::string table() const { return json_ == "-" ? "" : verdict_table(inputs_, options_); }
  void finish() const {
    if (page_) write_file_durably(html_, page_->html());
  }
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
  std::string html_;
  std::optional<VerdictPage> page_;
  std::vector<JudgedInput> inputs_;
  int unread_ = 0;
};

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  InputScorerOptions options = scorer_options(parsed, session);
  options.pictures = parsed.count("html") > 0;
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
    verdicts = read_verdict_options(parsed, scorer->calibration_json(), scorer->limits());
  });
  std::optional<VerdictOutput> output;
  session.on_root([&] {
    if (!options.sandbox) session.note("no sandbox: a hostile file may take over the decoder, and do what you may");
    const std::string digest = to_hex(digest128(MappedFile(model).bytes()));
    output.emplace(text_of(parsed, "json"), verdicts, digest);
    if (const auto html = text_of(parsed, "html"))
      output->show_on({*html, {parsed["MODEL"].as<std::string>(), digest, scorer->model_metadata()}});
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
    output->finish();
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
  command.usage = "MODEL INPUT... [--json FILE] [--html FILE] [--frames RULE]";
  command.examples =
      "  unmask predict runs/demo clip.mp4 photo.jpg\n"
      "  mpirun -n 4 unmask predict runs/demo uploads --json verdicts.jsonl\n"
      "  unmask predict runs/demo clip.mp4 --html verdict.html\n"
      "  find uploads -name '*.mp4' | unmask predict runs/demo:0003 - --json -\n";
  command.notes =
      R"(MODEL is a model file, a run folder (its chosen trial) or RUN:0007. INPUT is a picture, a video, a folder (all
in it, at any depth), or - for a list of paths on standard input. Ranks share the inputs.
Faces are found and cropped as for the model's training, and decoded in a sandbox. Each person is judged by the mean
score of the faces: fake, no manipulation found, or cannot judge, and why. "No manipulation found" is not "real": the
model knows only what it was trained on. A calibrated model (chosen/ of a run whose stores had real videos enough) has
a log-likelihood ratio, and a probability at the stated prior; of another the scores are no probabilities.
A model that was calibrated on 200 faces or more doesn't judge faces that are unlike its data, or more blurred.
Exit code 0 whatever the verdicts, 4 if some inputs couldn't be read.
)";
  command.uses_mpi = true;
  command.positional = {"MODEL", "INPUT"};
  command.last_repeats = true;
  auto option = command.options.add_options();
  option("json", po::value<std::string>(), "write a line of JSON an input, as it is judged; - is standard output");
  option("html", po::value<std::string>(),
         "write a page: verdicts, scores over time, and the faces that speak most for and against a fake");
  add_verdict_options(command);
  add_score_options(command);
  command.run = run;
  return command;
}

}  // namespace unmask
