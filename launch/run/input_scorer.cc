#include "launch/run/input_scorer.h"

#include <future>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/prepare/preprocessing.h"
#include "data/printable.h"
#include "data/store/jpeg_codec.h"
#include "model/files/safetensors.h"
#include "model/score/sharpness.h"
#include "report/data_uri.h"

namespace unmask {
namespace {

constexpr int kPictureQuality = 85;  // to be looked at, not to be judged

PrepareOptions prepare_options(const CropScorer& scorer, const InputScorerOptions& options) {
  PrepareOptions prepare = prepare_options_from(scorer.preprocessing_json());
  prepare.detector_model = options.detector_model;
  prepare.sandbox = options.sandbox;
  if (prepare.detector == DetectorKind::kYuNet && prepare.detector_model.empty()) {
    throw Error(ErrorKind::kUsage,
                "the model's faces were found by YuNet: --detector-model FILE names its ONNX file, as "
                "prepare.detector_model did");
  }
  if (!options.sandbox) return prepare;
  const std::string fault = sandbox_fault(decoder_options(prepare));
  if (fault.empty()) return prepare;
  throw Error(ErrorKind::kFailed, fault + "; --no-sandbox decodes without it: only what you trust");
}

/// What a model makes of crops that come one by one. They are scored a few at once, by a thread of its own while the
/// next ones are looked for, and not kept.
class CropsAsTheyCome {
 public:
  // As fast as the 64 of an evaluation, in half the memory; and what goes on alone is shorter: waiting for the first,
  // scoring the last.
  static constexpr std::size_t kAtOnce = 16;
  struct Seen {
    double score = 0, sharpness = 0;
    std::optional<double> distance;
  };

  CropsAsTheyCome(CropScorer& scorer, const std::optional<MahalanobisDistance>& distance)
      : scorer_(scorer), distance_(distance) {}
  void add(std::vector<std::uint8_t> crop) {
    batch_.push_back(std::move(crop));
    if (batch_.size() == kAtOnce) look();
  }
  /// In the order in which they came. THROWS what CropScorer::look() throws; so does add().
  std::vector<Seen> finish() {
    look();
    wait();
    return std::move(seen_);
  }

 private:
  void look() {
    wait();
    if (batch_.empty()) return;
    at_work_ = std::async(std::launch::async, [this, batch = std::exchange(batch_, {})] { look_at(batch); });
  }
  void wait() {
    if (at_work_.valid()) at_work_.get();
  }
  void look_at(const std::vector<std::vector<std::uint8_t>>& batch) {
    const std::vector<std::span<const std::uint8_t>> crops(batch.begin(), batch.end());
    const CropLooks looks = scorer_.look(crops);
    const std::size_t features = scorer_.feature_count();
    for (std::size_t i = 0; i < crops.size(); ++i) {
      Seen& seen = seen_.emplace_back();
      seen.score = looks.scores[i];
      seen.sharpness = sharpness(crops[i], scorer_.crop_px());
      if (distance_) seen.distance = distance_->of(std::span(looks.features).subspan(i * features, features));
    }
  }

  CropScorer& scorer_;
  const std::optional<MahalanobisDistance>& distance_;
  std::vector<std::vector<std::uint8_t>> batch_;
  std::vector<Seen> seen_;
  std::future<void> at_work_;  // last: its end is waited for before all else goes
};

void count_frames(const std::vector<PreparedRow>& rows, JudgedInput& input) {
  std::set<std::uint32_t> looked_at, read, with_face;
  for (const PreparedRow& row : rows) {
    looked_at.insert(row.info.frame);
    if (row.info.status == FrameStatus::kOk || row.info.status == FrameStatus::kNoFace) read.insert(row.info.frame);
    if (row.has_crop()) with_face.insert(row.info.frame);
  }
  input.looked_at = looked_at.size();
  input.read = read.size();
  input.with_face = with_face.size();
}

}  // namespace

InputScorer::InputScorer(const std::filesystem::path& model_file, const InputScorerOptions& options)
    : options_(options),
      scorer_(model_file, options.model),
      preparer_(prepare_options(scorer_, options), options.stream) {
  const std::string difference = preprocessing_difference(preparer_.preprocessing(), scorer_.preprocessing_json());
  if (!difference.empty()) {
    throw Error(ErrorKind::kData, model_file.string() +
                                      ": faces can't be found and cropped here as for its training: " + difference +
                                      ". Prepare stores here and train on them");
  }
  const SafetensorsFile file(model_file, SafetensorsFile::Digest::kRequired);
  metadata_ = file.metadata();
  const std::optional<Familiarity> familiarity = familiarity_of(file);
  if (!familiarity) return;
  if (familiarity->gaussian.mean.size() != scorer_.feature_count())
    throw Error(ErrorKind::kData, model_file.string() + ": its Gaussian is not one of its network's features");
  limits_ = familiarity->limits;
  distance_.emplace(familiarity->gaussian);
}

std::optional<FamiliarityLimits> InputScorer::limits() const { return limits_; }

JudgedInput InputScorer::score(const std::filesystem::path& file, const std::function<void()>& each) {
  CropsAsTheyCome crops(scorer_, distance_);
  const PreparedInput prepared = preparer_.prepare(file, options_.frames, each,
                                                   [&](std::vector<std::uint8_t> crop) { crops.add(std::move(crop)); });
  const std::vector<CropsAsTheyCome::Seen> seen = crops.finish();
  JudgedInput input;
  input.name = printable(file.native());
  input.frames = prepared.facts.frames;
  input.duration_s = prepared.facts.duration_s;
  input.status = to_word(prepared.facts.status);
  input.problem = prepared.facts.problem;
  count_frames(prepared.rows, input);
  std::vector<CutFace> cuts;
  for (const PreparedRow& row : prepared.rows) {
    if (input.problem.empty()) input.problem = row.problem;
    if (!row.has_crop()) continue;
    const CropsAsTheyCome::Seen& face = seen.at(row.number.value());
    input.faces.push_back(
        {row.info.frame, row.info.time_us, row.info.track, row.info.box, face.score, face.sharpness, face.distance});
    cuts.push_back({row.info.frame, row.info.box, row.points});
  }
  if (options_.pictures) add_pictures(file, cuts, each, input);
  return input;
}

/// Which faces are shown is known once all are scored: their crops are cut out once more.
void InputScorer::add_pictures(const std::filesystem::path& file, std::span<const CutFace> cuts,
                               const std::function<void()>& each, JudgedInput& input) {
  const std::vector<TellingFace> telling = telling_faces(input.faces);
  std::vector<CutFace> faces;
  for (const TellingFace& one : telling) faces.push_back(cuts[one.face]);
  const std::vector<std::vector<std::uint8_t>> crops = preparer_.cut_again(file, faces, each);
  for (std::size_t i = 0; i < telling.size(); ++i) {
    if (crops[i].empty()) continue;  // the file has changed
    TellingFace& shown = input.telling.emplace_back(telling[i]);
    shown.picture = data_uri("image/jpeg", encode_jpeg(crops[i], scorer_.crop_px(), kPictureQuality, JpegColour::k420));
    shown.heat = scorer_.heat(crops[i], shown.for_fake);
  }
}

}  // namespace unmask
