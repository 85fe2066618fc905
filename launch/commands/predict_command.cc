#include "launch/commands/predict_command.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <span>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/number_text.h"
#include "dist/agreement.h"
#include "launch/commands/score_arguments.h"
#include "launch/commands/verdict_arguments.h"
#include "launch/rank_watch.h"
#include "launch/run/input_list.h"
#include "launch/run/input_scorer.h"
#include "launch/run/model_path.h"
#include "launch/stop_signals.h"
#include "launch/work_share.h"
#include "report/verdict_page.h"
#include "report/verdict_video.h"

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

/// Annotated copies of the videos; every rank writes those of its inputs.
class VideoCopies {
 public:
  VideoCopies(std::filesystem::path folder, std::span<const std::filesystem::path> files)
      : folder_(std::move(folder)), files_(files), names_(verdict_video_names(files)) {}
  /// On one rank.
  void require_room() const { require_verdict_videos(folder_, files_, names_); }
  /// Of file `number`, which was judged.
  void write(std::size_t number, JudgedInput& input, const DecoderOptions& decoder,
             const std::function<void()>& each) const {
    if (!has_verdict_video(input)) return;
    const bool is_written = write_verdict_video(files_[number], input, folder_ / names_[number], decoder, each);
    if (!is_written && input.problem.empty()) input.problem = "has no copy: it can't be read any more";
  }

 private:
  std::filesystem::path folder_;
  std::span<const std::filesystem::path> files_;
  std::vector<std::string> names_;
};

/// What a stream cost, for people; "" of what is no video.
std::string stream_cost(const JudgedInput& input, double wall_s) {
  if (input.frames < 2 || input.looked_at == 0 || !(input.duration_s > 0)) return "";
  const auto frames = static_cast<double>(input.frames), looked_at = static_cast<double>(input.looked_at);
  const auto faces = static_cast<double>(input.faces.size());
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return input.name + ": " + fixed_text(input.duration_s, 0) + " s at " + fixed_text(frames / input.duration_s, 2) +
         " frames a second in " + fixed_text(wall_s, 1) + " s, " + fixed_text(input.duration_s / wall_s, 1) +
         " times real time; every " + fixed_text(frames / looked_at, 1) + "th frame looked at in " +
         std::to_string(kStreamLines) + " lines at most, " + fixed_text(faces / input.duration_s, 2) +
         " faces scored a second; " + std::to_string(used.ru_maxrss / 1024) + " MiB of memory at most";
}

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
  const InputJudge model_judge = open_judge("predict", parsed, session, model, options);
  std::optional<VerdictOutput> output;
  session.on_root([&] {
    output.emplace(text_of(parsed, "json"), model_judge.verdicts, model_judge.model_digest);
    if (const auto html = text_of(parsed, "html"))
      output->show_on(
          {*html, {parsed["MODEL"].as<std::string>(), model_judge.model_digest, model_judge.scorer->model_metadata()}});
    return std::string();
  });
  std::optional<VideoCopies> copies;
  if (const auto folder = text_of(parsed, "video")) {
    copies.emplace(*folder, files);
    session.on_root([&] {
      copies->require_room();
      return std::string();
    });
  }
  const auto live = [&](const std::string& doing, const std::string& where) {
    watch.advance(doing);
    if (stop.load()) throw Error(ErrorKind::kStopped, "stopped on request" + where);
  };
  // A line for people, which may be empty, then the input.
  WorkShare share(session, files.size(), [&](const std::string& judged) {
    const std::size_t line = judged.find('\n');
    if (line > 0) session.note(judged.substr(0, line));
    output->add(judged_from(judged.substr(line + 1)));
  });
  const auto judged = [&](std::size_t number) {
    const auto each = [&] {
      live("judging", ", before " + files[number].string());
      share.deliver();
    };
    const auto begin = std::chrono::steady_clock::now();
    JudgedInput input = model_judge.scorer->score(files[number], each);
    std::string cost;
    if (options.stream)
      cost = stream_cost(input, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    judge(input, model_judge.verdicts);
    if (copies) copies->write(number, input, model_judge.scorer->decoder(), each);
    return cost + "\n" + to_text(input);
  };
  agree(session.world(), "predict", [&] { share.work(judged, [&] { live("waiting", ", while others judged"); }); });
  share.close();
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
  command.usage = "MODEL INPUT... [--json FILE] [--html FILE] [--video DIR] [--frames RULE]";
  command.examples =
      "  unmask predict runs/demo clip.mp4 photo.jpg\n"
      "  mpirun -n 4 unmask predict runs/demo uploads --json verdicts.jsonl\n"
      "  unmask predict runs/demo clip.mp4 --html verdict.html --video judged\n"
      "  unmask predict runs/demo meeting.mp4 --stream 5   long videos\n"
      "  find uploads -name '*.mp4' | unmask predict runs/demo:0003 - --json -\n";
  command.notes =
      R"(MODEL is a model file, a run folder (its chosen trial) or RUN:0007. INPUT is a picture, a video, a folder (all
in it, at any depth), or - for a list of paths on standard input. Each rank takes the next input as it becomes free.
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
  option("json", po::value<std::string>(),
         "write a line of JSON an input, in their order, as they are judged; - is standard output");
  option("html", po::value<std::string>(),
         "write a page: verdicts, scores over time, and the faces that speak most for and against a fake");
  option("video", po::value<std::string>(),
         "write a copy of each video, without its sound: boxes around the faces, with their verdicts and scores");
  add_verdict_options(command);
  add_score_options(command);
  command.run = run;
  return command;
}

}  // namespace unmask
