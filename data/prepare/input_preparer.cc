#include "data/prepare/input_preparer.h"

#include "data/frames/media_decoder.h"
#include "data/prepare/prepare_probe.h"
#include "data/prepare/preprocessing.h"
#include "data/store/jpeg_codec.h"

namespace unmask {
namespace {

/// The one clip of a plan that knows no other file.
PreparePlan plan_of(const std::filesystem::path& file, const PrepareOptions& options, const SourceFacts& facts) {
  PreparePlan plan;
  plan.listing.options = options;
  PrepareSource source;
  source.entry.file = file;
  source.entry.video = file.stem().native();
  plan.listing.sources = {source};
  plan.facts = {facts};
  return plan;
}

}  // namespace

struct InputPreparer::Impl {
  explicit Impl(const PrepareOptions& given)
      : options(given), probing(decoder_options(given)), clips(given, /*everyone=*/true) {}
  PrepareOptions options;
  MediaDecoder probing;
  ClipPreparer clips;
};

InputPreparer::InputPreparer(const PrepareOptions& options) : impl_(std::make_unique<Impl>(options)) {}
InputPreparer::~InputPreparer() = default;

PreparedInput InputPreparer::prepare(const std::filesystem::path& file, const FrameRule& rule,
                                     const std::function<void()>& each) {
  PreparedInput input;
  input.facts = look_into(impl_->probing, file);
  PrepareClip clip;
  clip.sources = {0};
  clip.numbers = picked_frames(rule, input.facts.frames, input.facts.duration_s);
  if (clip.numbers.empty()) clip.numbers = {0};  // one row that says why
  input.rows = impl_->clips.prepare(plan_of(file, impl_->options, input.facts), clip, each);
  if (impl_->options.encoding == CropEncoding::kJpeg95) {
    for (PreparedRow& row : input.rows) {
      if (!row.crop.empty()) store_as_jpeg95(row.crop, impl_->options.crop_px);
    }
  }
  return input;
}

std::string InputPreparer::preprocessing() const {
  return preprocessing_json(impl_->options, impl_->clips.detector_version());
}

}  // namespace unmask
