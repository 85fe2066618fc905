#include "launch/run/input_scorer.h"

#include <set>
#include <span>
#include <vector>

#include "base/error.h"
#include "data/prepare/preprocessing.h"
#include "data/printable.h"

namespace unmask {
namespace {

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
  if (difference.empty()) return;
  throw Error(ErrorKind::kData, model_file.string() + ": faces can't be found and cropped here as for its training: " +
                                    difference + ". Prepare stores here and train on them");
}

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
    input.faces.push_back({row.info.frame, row.info.time_us, row.info.track, row.info.box, 0});
  }
  const std::vector<double> scores = scorer_.score(crops);
  for (std::size_t i = 0; i < scores.size(); ++i) input.faces[i].score = scores[i];
  return input;
}

}  // namespace unmask
