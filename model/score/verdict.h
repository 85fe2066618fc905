// What a detector's scores say of a person in a video: fake, no manipulation found, or that it can't be judged. Pure.
//
//   const PersonVerdict person = judge_person(faces, {.threshold = 0.5});
//   std::cout << to_word(person.verdict) << ": " << person.score << '\n';  // "fake: 0.93"
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/words.h"
#include "model/score/calibration.h"
#include "model/score/familiarity.h"
#include "model/score/scored_face.h"
#include "model/score/telling_faces.h"

namespace unmask {

enum class Verdict : std::uint8_t { kFake, kNothingFound, kCannotJudge };
constexpr auto words_of(Verdict) {
  using enum Verdict;
  return std::to_array<Word<Verdict>>(
      {{"fake", kFake}, {"no manipulation found", kNothingFound}, {"cannot judge", kCannotJudge}});
}

struct VerdictOptions {
  double threshold = 0.5;                       // a mean score above it is fake
  std::optional<double> fpr = {};               // the false-positive rate that the threshold stands for
  std::optional<Calibration> calibration = {};  // nothing: uncalibrated
  double prior = 0.5;                           // share of fakes among what is judged
  int least_faces = 4;                          // of a person in a video
  int least_box_px = 48;                        // median side of the square around the face
  std::uint64_t seed = 0;
  std::optional<FamiliarityLimits> limits = {};  // nothing: the model has none, so none is unlike its data
};

/// The options for a model: at `fpr` if it is given; else at 0.01, or the lowest rate that its calibration has; at 0.5
/// where it has none. THROWS Error(kUsage) for a rate that the calibration doesn't support; Error(kData).
VerdictOptions verdict_options(const std::string& calibration_json, std::optional<double> fpr);

struct PersonVerdict {
  std::uint32_t track = 0;
  std::size_t faces = 0;
  double first_s = 0, last_s = 0;  // when the person is seen
  int box_px = 0;                  // median side
  double score = 0;                // mean over the faces
  double sharpness = 0;            // median
  std::optional<double> distance;  // median; nothing where the model has no Gaussian
  std::optional<Interval> interval;
  std::optional<double> llr, probability;  // calibrated; the second at the stated prior; of who can be judged
  Verdict verdict = Verdict::kCannotJudge;
  std::string reason;  // why nothing can be judged
};

/// Of one person's faces, in the order of frames. A video is judged by `least_faces` or more of them; whose median face
/// is beyond a limit of the model's familiarity isn't judged.
/// REQUIRES: there is a face.
PersonVerdict judge_person(std::span<const ScoredFace> faces, bool is_video, const VerdictOptions& options);

/// The mean score's 95% interval from a block bootstrap (Kuensch, 1989) of 1,000 drawings: frames of one second are
/// alike and are drawn together. Nothing with fewer than two seconds. Of few seconds it is too narrow: of 5, 10 and 30
/// independent ones it covers the truth in about 84, 90 and 94 of 100 cases.
std::optional<Interval> score_interval(std::span<const ScoredFace> faces, std::uint64_t seed);

/// A file that was given to be judged.
struct JudgedInput {
  std::string name;         // printable
  std::string status;       // word of FrameStatus: ok, or why it couldn't be read
  std::string problem;      // what is wrong, or missing at its end
  std::int64_t frames = 0;  // of a video; of a picture 1
  double duration_s = 0;
  std::size_t looked_at = 0, read = 0, with_face = 0;  // frames
  std::vector<PersonVerdict> people;                   // by track
  std::vector<ScoredFace> faces;                       // in the order of frames
  std::vector<TellingFace> telling;                    // with pictures; empty unless they were asked for
  Verdict verdict = Verdict::kCannotJudge;
  std::string reason;

  bool could_be_read() const { return read > 0; }
};

/// People and verdict from status, frames and faces: fake if a person is; nothing found if some can be judged and none
/// is fake.
void judge(JudgedInput& input, const VerdictOptions& options);

/// One line of JSON, without its end (docs/formats.md, unmask.predict.1).
std::string verdict_json(const JudgedInput& input, const VerdictOptions& options, const std::string& model_digest);
/// All of it, as it travels between ranks; and back. THROWS Error(kFailed) on other texts.
std::string to_text(const JudgedInput& input);
JudgedInput judged_from(const std::string& text);
/// A row an input, with the numbers of who decides: where nobody can be judged there are none.
std::string verdict_table(std::span<const JudgedInput> inputs, const VerdictOptions& options);

}  // namespace unmask
