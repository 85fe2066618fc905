#include "launch/run/corruption_runner.h"

#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "base/seconds_since.h"
#include "dist/agreement.h"
#include "launch/progress_line.h"
#include "model/score/crop_scorer.h"

namespace unmask {
namespace {

/// A video of one store: all of its rows.
struct Video {
  std::uint32_t store = 0;
  std::vector<std::uint32_t> rows;
};

/// In the order of their first rows.
std::vector<Video> videos_of(const SampleList& samples) {
  using Name = std::tuple<std::string, std::string, std::string, std::string>;
  std::vector<Video> videos;
  for (std::uint32_t store = 0; store < samples.stores(); ++store) {
    std::map<Name, std::size_t> known;
    for (std::uint32_t row = 0; row < samples.store(store).size(); ++row) {
      const FrameInfo frame = samples.store(store).frame(row);
      const auto [at, is_new] =
          known.try_emplace({frame.dataset, frame.method, frame.compression, frame.video}, videos.size());
      if (is_new) videos.push_back({store, {}});
      videos[at->second].rows.push_back(row);
    }
  }
  return videos;
}

using SampleOfRow = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;  // by store and row

SampleOfRow samples_of_rows(const SampleList& samples) {
  SampleOfRow by_row;
  for (std::uint32_t i = 0; i < samples.size(); ++i) by_row[{samples[i].store, samples[i].row}] = i;
  return by_row;
}

/// As it travels between ranks.
struct FaceScore {
  std::uint32_t corruption = 0, sample = 0;
  double score = 0;
};

/// What one rank does.
class Work {
 public:
  Work(const std::filesystem::path& model, const SampleList& samples, const CorruptOptions& options,
       const ScoreOptions& score_options)
      : samples_(samples),
        sample_of_(samples_of_rows(samples)),
        scorer_(model, score_options),
        corrupter_(options, samples.store(0).preprocessing_json()) {}

  void require_sources(const Video& video, const std::function<void()>& each) {
    corrupter_.require_sources(samples_.store(video.store), video.rows, each);
  }

  void score(const Video& video, const std::function<void()>& each) {
    corrupter_.corrupt(samples_.store(video.store), video.rows, [&](const CorruptedFaces& faces) {
      std::vector<std::span<const std::uint8_t>> crops;
      std::vector<std::uint32_t> of;
      for (std::size_t i = 0; i < faces.rows.size(); ++i) {
        if (faces.crops[i].empty()) continue;
        crops.emplace_back(faces.crops[i]);
        of.push_back(sample_of_.at({video.store, faces.rows[i]}));
      }
      const std::vector<double> scores = scorer_.score(crops);
      for (std::size_t i = 0; i < of.size(); ++i)
        scores_.push_back({static_cast<std::uint32_t>(faces.corruption), of[i], scores[i]});
      each();
    });
  }

  std::span<const FaceScore> scores() const { return scores_; }

 private:
  const SampleList& samples_;
  const SampleOfRow sample_of_;
  CropScorer scorer_;
  VideoCorrupter corrupter_;
  std::vector<FaceScore> scores_;
};

std::string progress_text(std::size_t done, std::size_t all, double seconds) {
  const double left = done > 0 ? seconds / static_cast<double>(done) * static_cast<double>(all - done) : -1;
  return "corrupting: " + std::to_string(done) + "/" + std::to_string(all) + " videos, " + duration_text(left) +
         " left";
}

CorruptedScores gathered(Communicator& world, std::span<const FaceScore> mine, std::size_t corruptions,
                         std::size_t samples) {
  CorruptedScores scores(corruptions, std::vector<std::optional<double>>(samples));
  for (const std::vector<std::byte>& bytes : world.all_gather(std::as_bytes(mine))) {
    for (std::size_t at = 0; at + sizeof(FaceScore) <= bytes.size(); at += sizeof(FaceScore)) {
      FaceScore score;
      std::memcpy(&score, bytes.data() + at, sizeof score);
      scores.at(score.corruption).at(score.sample) = score.score;
    }
  }
  return scores;
}

}  // namespace

CorruptedScores score_corrupted(const std::filesystem::path& model, const SampleList& samples,
                                const CorruptOptions& options, const ScoreOptions& score_options, Session& session,
                                RankWatch& watch) {
  Communicator& world = session.world();
  const auto rank = static_cast<std::size_t>(session.rank()), ranks = static_cast<std::size_t>(world.world());
  const std::vector<Video> videos = videos_of(samples);
  std::optional<Work> work;
  agree(world, "--corrupt", [&] {
    work.emplace(model, samples, options, score_options);
    for (std::size_t i = rank; i < videos.size(); i += ranks)
      work->require_sources(videos[i], [&] { watch.advance("looking at sources"); });
  });
  std::optional<ProgressLine> progress;
  if (session.speaks()) progress.emplace();
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t first = 0; first < videos.size(); first += ranks) {
    if (progress) progress->show(progress_text(first, videos.size(), seconds_since(start)));
    agree(world, "--corrupt", [&] {
      if (first + rank < videos.size()) work->score(videos[first + rank], [&] { watch.advance("corrupting"); });
    });
  }
  return gathered(world, work->scores(), options.corruptions.size(), samples.size());
}

CorruptionMatrix corruption_matrix(const std::string& model_digest, const CorruptOptions& options,
                                   const std::vector<EvaluatedFrame>& frames, const CorruptedScores& scores,
                                   const std::vector<IdentitySubset>& subsets) {
  std::vector<EvaluatedFrame> with_crop;
  for (const EvaluatedFrame& frame : frames) {
    if (frame.score) with_crop.push_back(frame);
  }
  CorruptionMatrix matrix{model_digest, !options.sources.empty(), {}};
  matrix.scores.push_back({.corruption = kClean, .rows = evaluate_frames(with_crop, subsets)});
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t sample = 0; sample < with_crop.size(); ++sample) with_crop[sample].score = scores[i].at(sample);
    const Corruption& each = options.corruptions.at(i);
    matrix.scores.push_back(
        {to_word(each.kind), each.strength, parameter_of(each.kind), each.value, evaluate_frames(with_crop, subsets)});
  }
  return matrix;
}

}  // namespace unmask
