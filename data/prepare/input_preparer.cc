#include "data/prepare/input_preparer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

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

PrepareOptions stream_options(PrepareOptions options) {
  options.faces = FaceChoice::kTracked;
  options.detect_short_side_px = std::min(options.detect_short_side_px, kStreamLines);
  return options;
}

}  // namespace

struct InputPreparer::Impl {
  Impl(const PrepareOptions& given, bool is_stream)
      : options(given),
        probing(decoder_options(given)),
        clips(is_stream ? stream_options(given) : given, /*everyone=*/true) {}
  /// As a reader of prepare's store gets it.
  std::vector<std::uint8_t> stored(std::vector<std::uint8_t> crop) const {
    if (options.encoding == CropEncoding::kJpeg95) store_as_jpeg95(crop, options.crop_px);
    return crop;
  }
  PrepareOptions options;
  MediaDecoder probing;
  ClipPreparer clips;
};

InputPreparer::InputPreparer(const PrepareOptions& options, bool is_stream)
    : impl_(std::make_unique<Impl>(options, is_stream)) {}
InputPreparer::~InputPreparer() = default;

PreparedInput InputPreparer::prepare(const std::filesystem::path& file, const FrameRule& rule,
                                     const std::function<void()>& each, const TakeCrop& take) {
  PreparedInput input;
  impl_->probing.on_wait(each);
  impl_->clips.on_wait(each);
  input.facts = look_into(impl_->probing, file, /*with_digest=*/false);
  PrepareClip clip;
  clip.sources = {0};
  clip.numbers = picked_frames(rule, input.facts.frames, input.facts.duration_s);
  if (clip.numbers.empty()) clip.numbers = {0};  // one row that says why
  TakeCrop take_stored;
  if (take) take_stored = [&](std::vector<std::uint8_t> crop) { take(impl_->stored(std::move(crop))); };
  input.rows = impl_->clips.prepare(plan_of(file, impl_->options, input.facts), clip, each, take_stored);
  for (PreparedRow& row : input.rows) {
    if (!row.crop.empty()) row.crop = impl_->stored(std::move(row.crop));
  }
  return input;
}

std::vector<std::vector<std::uint8_t>> InputPreparer::cut_again(const std::filesystem::path& file,
                                                                std::span<const CutFace> faces,
                                                                const std::function<void()>& each) {
  std::set<std::uint32_t> numbers;
  for (const CutFace& face : faces) numbers.insert(face.frame);
  impl_->probing.on_wait(each);
  impl_->probing.open(file, std::vector<std::uint32_t>(numbers.begin(), numbers.end()));
  std::vector<std::vector<std::uint8_t>> crops(faces.size());
  while (const std::optional<DecodedFrame> frame = impl_->probing.next()) {
    if (each) each();
    if (frame->read.status != FrameStatus::kOk) continue;
    const RgbImage& image = frame->read.image;
    for (std::size_t i = 0; i < faces.size(); ++i) {
      const FaceBox& box = faces[i].box;
      const bool is_inside = box.x + box.width <= image.width && box.y + box.height <= image.height;
      if (faces[i].frame != frame->frame || !is_inside) continue;
      crops[i] = impl_->stored(cut_face(image, box, faces[i].points, impl_->options));
    }
  }
  return crops;
}

DecoderOptions InputPreparer::decoder() const { return decoder_options(impl_->options); }

std::string InputPreparer::preprocessing() const {
  return preprocessing_json(impl_->options, impl_->clips.detector_version());
}

}  // namespace unmask
