#include "data/prepare/clip_preparer.h"

#include <array>
#include <optional>
#include <utility>

#include "data/faces/face_alignment.h"
#include "data/faces/face_cropper.h"
#include "data/faces/face_finder.h"
#include "data/prepare/prepare_probe.h"
#include "data/printable.h"

namespace unmask {
namespace {

constexpr char kImported[] = "imported";

FaceDetectorOptions detector_options(const PrepareOptions& o) {
  return {o.detector, o.detector_model, o.upsample, o.detect_short_side_px};
}

/// What a frame gave: its row but for the face, and the faces that may be chosen.
struct LookedAt {
  PreparedRow row;
  std::vector<FoundFace> faces;
  std::vector<FaceBox> boxes;                    // [faces]
  std::vector<std::vector<std::uint8_t>> crops;  // [faces]
  std::vector<std::size_t> numbers = {};         // [faces] where they were given away
};

/// Gives crops to somebody who wants them at once, if there is one.
class CropGiver {
 public:
  explicit CropGiver(const TakeCrop& take) : take_(take) {}
  LookedAt give(LookedAt seen) {
    if (!take_) return seen;
    if (!seen.row.crop.empty()) seen.row.number = give_one(seen.row.crop);
    for (std::vector<std::uint8_t>& crop : seen.crops) seen.numbers.push_back(give_one(crop));
    return seen;
  }

 private:
  std::size_t give_one(std::vector<std::uint8_t>& crop) {
    take_(std::exchange(crop, {}));
    return given_++;
  }
  const TakeCrop& take_;
  std::size_t given_ = 0;
};

}  // namespace

DecoderOptions decoder_options(const PrepareOptions& options) {
  DecoderOptions result;
  result.limits.max_pixels = options.max_pixels;
  result.sandbox = options.sandbox;
  result.frame_timeout_s = options.frame_timeout_s;
  return result;
}

struct ClipPreparer::Impl {
  const PrepareOptions options;
  const FaceChoice choice;  // of those that the finder found
  FaceFinder finder;
  MediaDecoder decoder, masks;

  Impl(const PrepareOptions& given, bool everyone)
      : options(given),
        choice(everyone ? FaceChoice::kAll : given.faces),
        finder(detector_options(given), given.faces),
        decoder(decoder_options(given)),
        masks(decoder_options(given)) {}

  /// `mask`: of the same frame, where one could be read.
  LookedAt look(FrameInfo info, const ReadFrame& read, const RgbImage* mask) {
    LookedAt seen{{std::move(info), {}, printable(read.problem)}, {}, {}, {}};
    FrameInfo& known = seen.row.info;
    known.status = read.status;
    if (known.status != FrameStatus::kOk) return seen;
    const RgbImage& image = read.image;
    known.frame_width = image.width;
    known.frame_height = image.height;
    for (FoundFace& face : finder.find(image, mask)) {
      const FaceBox box = square_box(face.face, image.width, image.height, options.box_scale);
      if (box.width == 0) continue;
      seen.crops.push_back(cut_face(image, box, face.face.points, options));
      seen.boxes.push_back(box);
      seen.faces.push_back(std::move(face));
    }
    return seen;
  }

  /// A face crop that somebody else has made is taken as it is.
  PreparedRow import(FrameInfo info, const ReadFrame& read) const {
    info.detector = kImported;
    info.status = read.status;
    if (read.status != FrameStatus::kOk) return {std::move(info), {}, printable(read.problem)};
    info.frame_width = info.box.width = read.image.width;
    info.frame_height = info.box.height = read.image.height;
    return {info, crop_face(read.image, info.box, options.crop_px), {}};
  }

  std::vector<LookedAt> look_at_video(const PreparePlan& plan, const PrepareClip& clip,
                                      const std::function<void()>& each, const TakeCrop& take) {
    const std::size_t source = clip.sources.front();
    const std::filesystem::path& mask = plan.listing.sources[source].entry.mask;
    const bool has_masks = wants_masks(options.faces) && !mask.empty();
    decoder.open(file_of(plan.listing, source), clip.numbers);
    if (has_masks) masks.open(plan.listing.folder / mask, clip.numbers);
    CropGiver giver(take);
    std::vector<LookedAt> seen;
    for (std::size_t row = 0; row < clip.rows(); ++row) {
      std::optional<DecodedFrame> frame = decoder.next();
      if (!frame) frame = DecodedFrame{clip.numbers[row], -1, unread(FrameStatus::kDecoderFailed, "gave no frame")};
      const std::optional<DecodedFrame> shown = has_masks ? masks.next() : std::nullopt;
      const bool has_mask = shown && shown->read.status == FrameStatus::kOk;
      FrameInfo info = frame_of(plan, clip, row);
      info.time_us = frame->time_us;
      seen.push_back(giver.give(look(std::move(info), frame->read, has_mask ? &shown->read.image : nullptr)));
      if (each) each();
    }
    return seen;
  }

  std::vector<LookedAt> look_at_pictures(const PreparePlan& plan, const PrepareClip& clip,
                                         const std::function<void()>& each, const TakeCrop& take) {
    CropGiver giver(take);
    constexpr std::array<std::uint32_t, 1> kTheOne = {0};
    std::vector<LookedAt> seen;
    for (std::size_t row = 0; row < clip.rows(); ++row) {
      const std::filesystem::path file = file_of(plan.listing, clip.sources[row]);
      FrameInfo info = frame_of(plan, clip, row);
      info.source_digest = source_digest(file);
      decoder.open(file, kTheOne);
      std::optional<DecodedFrame> frame = decoder.next();
      if (!frame) frame = DecodedFrame{0, -1, unread(FrameStatus::kDecoderFailed, "gave no frame")};
      if (plan.listing.sources[clip.sources[row]].entry.kind == SourceKind::kNpyCrop) {
        seen.push_back(giver.give({import(std::move(info), frame->read), {}, {}, {}}));
      } else {
        seen.push_back(giver.give(look(std::move(info), frame->read, nullptr)));
      }
      if (each) each();
    }
    return seen;
  }

  std::vector<PreparedRow> choose(std::vector<LookedAt> seen) const {
    std::vector<std::vector<FoundFace>> found;
    for (const LookedAt& frame : seen) found.push_back(frame.faces);
    const std::vector<ChosenFace> chosen = choose_faces(choice, found);
    std::vector<PreparedRow> rows;
    std::size_t next = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      PreparedRow& frame = seen[i].row;
      const bool has_faces = next < chosen.size() && chosen[next].frame == i;
      if (!has_faces) {
        if (frame.info.status == FrameStatus::kOk && !frame.has_crop()) frame.info.status = FrameStatus::kNoFace;
        rows.push_back(std::move(frame));
      }
      for (; next < chosen.size() && chosen[next].frame == i; ++next) {
        PreparedRow& row = rows.emplace_back(frame);
        const std::size_t face = chosen[next].face;
        row.info.box = seen[i].boxes[face];
        row.info.track = chosen[next].track;
        row.info.detector_score = static_cast<float>(found[i][face].face.score);
        row.points = found[i][face].face.points;
        row.crop = std::move(seen[i].crops[face]);
        if (!seen[i].numbers.empty()) row.number = seen[i].numbers[face];
      }
    }
    return rows;
  }
};

std::vector<std::uint8_t> cut_face(const RgbImage& frame, const FaceBox& box, const std::optional<FivePoints>& points,
                                   const PrepareOptions& options) {
  if (options.align == FaceAlignment::kNone) return crop_face(frame, box, options.crop_px);
  return crop_aligned(frame, alignment_of(points.value(), options.crop_px, options.box_scale), options.crop_px);
}

ClipPreparer::ClipPreparer(const PrepareOptions& options, bool everyone)
    : impl_(std::make_unique<Impl>(options, everyone)) {}
ClipPreparer::~ClipPreparer() = default;

std::string ClipPreparer::detector_version() const { return impl_->finder.version(); }

void ClipPreparer::on_wait(const std::function<void()>& waiting) {
  impl_->decoder.on_wait(waiting);
  impl_->masks.on_wait(waiting);
}

std::vector<PreparedRow> ClipPreparer::prepare(const PreparePlan& plan, const PrepareClip& clip,
                                               const std::function<void()>& each, const TakeCrop& take) {
  const SourceFacts& facts = plan.facts[clip.sources.front()];
  if (!clip.numbers.empty() && facts.frames == 0) {  // nothing in it can be decoded: one row tells so
    FrameInfo info = frame_of(plan, clip, 0);
    info.status = facts.status;
    if (each) each();
    return {{std::move(info), {}, facts.problem}};
  }
  impl_->finder.start();
  return impl_->choose(clip.numbers.empty() ? impl_->look_at_pictures(plan, clip, each, take)
                                            : impl_->look_at_video(plan, clip, each, take));
}

std::vector<PreparedRow> ClipPreparer::look_again(std::span<const FrameInfo> infos, std::span<const ReadFrame> frames) {
  impl_->finder.start();
  std::vector<LookedAt> seen;
  for (std::size_t i = 0; i < frames.size(); ++i) seen.push_back(impl_->look(infos[i], frames[i], nullptr));
  return impl_->choose(std::move(seen));
}

}  // namespace unmask
