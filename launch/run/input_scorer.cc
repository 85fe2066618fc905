#include "launch/run/input_scorer.h"

#include <set>
#include <span>
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

void count_frames(const std::vector<PreparedRow>& rows, JudgedInput& input) {
  std::set<std::uint32_t> looked_at, read, with_face;
  for (const PreparedRow& row : rows) {
    looked_at.insert(row.info.frame);
    if (row.info.status == FrameStatus::kOk || row.info.status == FrameStatus::kNoFace) read.insert(row.info.frame);
    if (!row.crop.empty()) with_face.insert(row.info.frame);
  }
  input.looked_at = looked_at.size();
  input.read = read.size();
  input.with_face = with_face.size();
}

}  // namespace

InputScorer::InputScorer(const std::filesystem::path& model_file, const InputScorerOptions& options)
    : options_(options), scorer_(model_file, options.model), preparer_(prepare_options(scorer_, options)) {
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
  const PreparedInput prepared = preparer_.prepare(file, options_.frames, each);
  JudgedInput input;
  input.name = printable(file.native());
  input.frames = prepared.facts.frames;
  input.duration_s = prepared.facts.duration_s;
  input.status = to_word(prepared.facts.status);
  input.problem = prepared.facts.problem;
  count_frames(prepared.rows, input);
  std::vector<std::span<const std::uint8_t>> crops;
  for (const PreparedRow& row : prepared.rows) {
    if (input.problem.empty()) input.problem = row.problem;
    if (row.crop.empty()) continue;
    crops.emplace_back(row.crop);
    input.faces.push_back({row.info.frame, row.info.time_us, row.info.track, row.info.box});
  }
  const CropLooks looks = scorer_.look(crops);
  const std::size_t features = scorer_.feature_count();
  for (std::size_t i = 0; i < crops.size(); ++i) {
    input.faces[i].score = looks.scores[i];
    input.faces[i].sharpness = sharpness(crops[i], scorer_.crop_px());
    if (distance_) input.faces[i].distance = distance_->of(std::span(looks.features).subspan(i * features, features));
  }
  if (options_.pictures) add_pictures(crops, input);
  return input;
}

void InputScorer::add_pictures(std::span<const std::span<const std::uint8_t>> crops, JudgedInput& input) {
  input.telling = telling_faces(input.faces);
  for (TellingFace& telling : input.telling) {
    const std::span<const std::uint8_t> crop = crops[telling.face];
    telling.picture = data_uri("image/jpeg", encode_jpeg(crop, scorer_.crop_px(), kPictureQuality, JpegColour::k420));
    telling.heat = scorer_.heat(crop, telling.for_fake);
  }
}

}  // namespace unmask
