// Videos to encoded face crops as `unmask prepare` makes them, on one core; bench/prepare.py does the same in Python.
//   bench_prepare SHORT_SIDE FACES FRAMES MODEL VIDEO...
// FRAMES: a rule ("16", "every 3"); FACES: tracked, best, all, largest; MODEL: YuNet's file, "" for dlib's detector.
// A line a face: video, frame, then x, y, side of the crop's square and the detector's score; a frame without one has a
// line without them. At the end `seconds` of the processor: for the looks into the videos and for decoding, both in the
// decoder's child, and for all that this process did; and the frames looked at.
#include <sys/resource.h>
#include <sys/time.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/words.h"
#include "data/prepare/clip_preparer.h"
#include "data/prepare/prepare_probe.h"
#include "data/store/jpeg_codec.h"

namespace unmask {
namespace {

/// Of this process, or of its children that have ended.
double core_seconds(int whose) {
  rusage usage{};
  getrusage(whose, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

PreparePlan plan_of(const std::vector<std::string>& videos, const PrepareOptions& options) {
  PreparePlan plan;
  plan.listing.options = options;
  MediaDecoder decoder(decoder_options(options));
  for (const std::string& video : videos) {
    PrepareSource source;
    source.entry.file = video;
    source.entry.video = video;
    plan.listing.sources.push_back(source);
    plan.facts.push_back(look_into(decoder, video));
  }
  return plan;
}

int run(int argc, char** argv) {
  if (argc < 6) throw Error(ErrorKind::kUsage, "wanted SHORT_SIDE FACES FRAMES MODEL VIDEO...");
  cv::setNumThreads(1);
  PrepareOptions options;
  options.detect_short_side_px = std::atoi(argv[1]);
  options.faces = require_word<FaceChoice>("FACES", argv[2]);
  const std::optional<FrameRule> rule = frame_rule_from(argv[3]);
  if (!rule) throw Error(ErrorKind::kUsage, std::string("no rule for frames: ") + argv[3]);
  options.detector_model = argv[4];
  if (!options.detector_model.empty()) options.detector = DetectorKind::kYuNet;
  const PreparePlan plan = plan_of({argv + 5, argv + argc}, options);
  const double looks = core_seconds(RUSAGE_CHILDREN);
  std::size_t frames = 0, crops = 0;
  double own = 0;
  {
    ClipPreparer preparer(options);
    own = -core_seconds(RUSAGE_SELF);  // making a detector is no part of a frame's time
    for (std::size_t video = 0; video < plan.facts.size(); ++video) {
      PrepareClip clip;
      clip.sources = {video};
      clip.numbers = picked_frames(*rule, plan.facts[video].frames, plan.facts[video].duration_s);
      frames += clip.numbers.size();
      for (const PreparedRow& row : preparer.prepare(plan, clip, {})) {
        std::printf("%s %u", row.info.video.c_str(), row.info.frame);
        if (!row.crop.empty()) {
          crops += !encode_jpeg95(row.crop, options.crop_px).empty();
          const FaceBox& box = row.info.box;
          std::printf(" %d %d %d %.4f", box.x, box.y, box.width, static_cast<double>(row.info.detector_score));
        }
        std::printf("\n");
      }
    }
    own += core_seconds(RUSAGE_SELF);
  }
  std::printf("seconds %.3f %.3f %.3f frames %zu\n", looks, core_seconds(RUSAGE_CHILDREN) - looks, own, frames);
  return crops > 0 ? 0 : 1;
}

}  // namespace
}  // namespace unmask

int main(int argc, char** argv) try { return unmask::run(argc, argv); } catch (const unmask::Error& error) {
  std::fprintf(stderr, "bench_prepare: %s\n", error.what());
  return static_cast<int>(error.kind());
}
