#include "data/corrupt/video_corrupter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "data/corrupt/corrupted_clip.h"
#include "data/corrupt/face_match.h"
#include "data/corrupt/source_clips.h"
#include "data/prepare/clip_preparer.h"
#include "data/prepare/preprocessing.h"
#include "data/store/jpeg_codec.h"

namespace unmask {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{512} << 20;  // of stored crops
constexpr std::int64_t kLargestCrop = 4096 * 4096;           // crop_layout::kMaxCropPx

/// A frame of a video: pictures of one number may come from several files.
using FrameName = std::pair<std::uint32_t, std::string>;
FrameName name_of(const FrameInfo& frame) { return {frame.frame, frame.source}; }

PrepareOptions prepare_options(const CorruptOptions& options, const std::string& preprocessing_json) {
  PrepareOptions prepare = prepare_options_from(preprocessing_json);
  prepare.detector_model = options.detector_model;
  prepare.sandbox = options.sandbox;
  if (prepare.detector == DetectorKind::kYuNet && prepare.detector_model.empty()) {
    throw Error(ErrorKind::kUsage,
                "--sources: the stores' faces were found by YuNet: --detector-model FILE names its ONNX file, as "
                "prepare.detector_model did");
  }
  if (!options.sandbox) return prepare;
  const std::string fault = sandbox_fault(decoder_options(prepare));
  if (fault.empty()) return prepare;
  throw Error(ErrorKind::kFailed, fault + "; --no-sandbox decodes without it: only what you trust");
}

/// Each frame once, ascending, as a whole.
std::vector<FrameInfo> frames_of(const CropStore& store, std::span<const std::uint32_t> rows) {
  std::map<FrameName, FrameInfo> frames;
  for (const std::uint32_t row : rows) {
    FrameInfo info = store.frame(row);
    info.track = 0;
    frames.try_emplace(name_of(info), std::move(info));
  }
  std::vector<FrameInfo> list;
  for (auto& [name, info] : frames) list.push_back(std::move(info));
  return list;
}

/// The frames that could be read are corrupted as a clip, the others stay as they are.
std::vector<ReadFrame> corrupted(ClipCorrupter& corrupter, const SourceClip& clip, const Corruption& corruption) {
  std::vector<RgbImage> pictures;
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < clip.read.size(); ++i) {
    if (clip.read[i].status != FrameStatus::kOk) continue;
    pictures.push_back(clip.read[i].image);
    keys.push_back(picture_key(clip.frames[i]));
  }
  std::vector<RgbImage> worse = corrupter.corrupt(pictures, keys, corruption);
  std::vector<ReadFrame> frames;
  std::size_t next = 0;
  for (const ReadFrame& read : clip.read) {
    const bool is_ok = read.status == FrameStatus::kOk;
    frames.push_back({read.status, read.problem, is_ok ? std::move(worse[next++]) : RgbImage()});
  }
  return frames;
}

}  // namespace

struct VideoCorrupter::Impl {
  /// Only where there are sources.
  struct Sources {
    PrepareOptions prepare;
    SourceClips clips;
    ClipPreparer preparer;
    Sources(const CorruptOptions& options, const PrepareOptions& given)
        : prepare(given), clips(options.sources, decoder_options(given)), preparer(given, /*everyone=*/true) {}
  };
  std::vector<Corruption> corruptions;
  std::optional<Sources> sources;
  ClipCorrupter corrupter;

  Impl(const CorruptOptions& options, const std::optional<PrepareOptions>& prepare)
      : corruptions(options.corruptions), corrupter(prepare ? prepare->max_pixels : kLargestCrop) {
    if (prepare) sources.emplace(options, *prepare);
  }

  using Take = std::function<void(const CorruptedFaces&)>;

  void corrupt_crops(const CropStore& store, std::span<const std::uint32_t> rows, const Take& take) {
    const int px = store.crop_px();
    std::vector<RgbImage> crops;
    std::vector<std::uint64_t> keys;
    for (const std::uint32_t row : rows) {
      RgbImage& crop = crops.emplace_back(RgbImage{px, px, {}});
      crop.rgb.resize(3 * static_cast<std::size_t>(px) * static_cast<std::size_t>(px));
      store.read(row, crop.rgb);
      keys.push_back(picture_key(store.frame(row)));
    }
    for (std::size_t i = 0; i < corruptions.size(); ++i) {
      CorruptedFaces faces{i, {rows.begin(), rows.end()}, {}};
      for (RgbImage& crop : corrupter.corrupt(crops, keys, corruptions[i])) faces.crops.push_back(std::move(crop.rgb));
      take(faces);
    }
  }

  /// The faces of a piece's rows in `found`.
  CorruptedFaces match(const CropStore& store, const std::vector<std::uint32_t>& rows, std::vector<PreparedRow> found) {
    std::map<FrameName, std::vector<std::size_t>> by_frame;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i].crop.empty()) by_frame[name_of(found[i].info)].push_back(i);
    }
    CorruptedFaces faces{0, rows, {}};
    for (const std::uint32_t row : rows) {
      const FrameInfo stored = store.frame(row);
      const std::vector<std::size_t>& candidates = by_frame[name_of(stored)];
      std::vector<FaceBox> boxes;
      for (const std::size_t i : candidates) boxes.push_back(found[i].info.box);
      const auto same = same_face(stored.box, boxes);
      std::vector<std::uint8_t>& crop = faces.crops.emplace_back();
      if (!same) continue;
      crop = found[candidates[*same]].crop;
      if (store.encoding() == CropEncoding::kJpeg95) store_as_jpeg95(crop, store.crop_px());
    }
    return faces;
  }

  void corrupt_source(const CropStore& store, std::span<const std::uint32_t> rows, const Take& take) {
    sources->clips.read(frames_of(store, rows), [&](const SourceClip& clip) {
      std::set<FrameName> names;
      for (const FrameInfo& frame : clip.frames) names.insert(name_of(frame));
      std::vector<std::uint32_t> with_crop;
      for (const std::uint32_t row : rows) {
        if (store.has_crop(row) && names.contains(name_of(store.frame(row)))) with_crop.push_back(row);
      }
      for (std::size_t i = 0; i < corruptions.size(); ++i) {
        const std::vector<ReadFrame> frames = corrupted(corrupter, clip, corruptions[i]);
        CorruptedFaces faces = match(store, with_crop, sources->preparer.look_again(clip.frames, frames));
        faces.corruption = i;
        take(faces);
      }
    });
  }
};

VideoCorrupter::VideoCorrupter(const CorruptOptions& options, const std::string& preprocessing_json) {
  if (std::ranges::find(options.corruptions, CorruptionKind::kH264, &Corruption::kind) != options.corruptions.end())
    require_h264_encoder();
  std::optional<PrepareOptions> prepare;
  if (!options.sources.empty()) prepare = prepare_options(options, preprocessing_json);
  impl_ = std::make_unique<Impl>(options, prepare);
  if (!prepare) return;
  const std::string ours = unmask::preprocessing_json(*prepare, impl_->sources->preparer.detector_version());
  const std::string difference = preprocessing_difference(ours, preprocessing_json);
  if (difference.empty()) return;
  throw Error(ErrorKind::kData, "--sources: faces can't be found and cropped here as for the model's training: " +
                                    difference + ". Prepare stores here and train on them, or leave --sources out");
}
VideoCorrupter::~VideoCorrupter() = default;

void VideoCorrupter::require_sources(const CropStore& store, std::span<const std::uint32_t> rows,
                                     const std::function<void()>& each) {
  if (!impl_->sources) return;
  std::set<std::string> seen;
  for (const std::uint32_t row : rows) {
    const FrameInfo frame = store.frame(row);
    if (!store.has_crop(row) || !seen.insert(frame.source).second) continue;
    impl_->sources->clips.require(frame);
    if (each) each();
  }
}

void VideoCorrupter::corrupt(const CropStore& store, std::span<const std::uint32_t> rows,
                             const std::function<void(const CorruptedFaces&)>& take) {
  if (impl_->sources) return impl_->corrupt_source(store, rows, take);
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_track;  // a clip shows one person
  for (const std::uint32_t row : rows) {
    if (store.has_crop(row)) by_track[store.frame(row).track].push_back(row);
  }
  const std::size_t crop_bytes =
      3 * static_cast<std::size_t>(store.crop_px()) * static_cast<std::size_t>(store.crop_px());
  const std::size_t most = std::max<std::size_t>(1, kPieceBytes / crop_bytes);
  for (const auto& [track, of_track] : by_track) {
    for (std::size_t first = 0; first < of_track.size(); first += most) {
      const std::size_t count = std::min(most, of_track.size() - first);
      impl_->corrupt_crops(store, std::span(of_track).subspan(first, count), take);
    }
  }
}

}  // namespace unmask
