// Frames of videos and pictures that may be hostile, decoded in a child process that can do nothing else
// (unmask-decode; docs/operations.md). Whatever the child does costs one input.
//
//   MediaDecoder decoder({});
//   const VideoFacts facts = decoder.probe("clip.mp4");                // counted, nothing decoded
//   decoder.open("clip.mp4", evenly_spaced(facts.frames, 32));
//   while (const std::optional<DecodedFrame> frame = decoder.next()) …  // in the order of their numbers
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/frames/image.h"

namespace unmask {

struct DecoderOptions {
  FrameLimits limits;
  bool sandbox = true;                    // false: a child all the same, but without seccomp and Landlock
  double frame_timeout_s = 20;            // a child that is silent for so long is killed
  std::int64_t memory_bytes = 2ll << 30;  // address space of the child beside the ring
  std::filesystem::path executable;       // "": unmask-decode beside the running program, or one folder above
};

/// What a container tells, and what counting its packets tells, without decoding a frame.
struct VideoFacts {
  FrameStatus status = FrameStatus::kOk;
  std::string problem;                      // what is wrong, without the path; with kOk: what is missing at its end
  int width = 0, height = 0;                // as shown: after rotation
  std::int64_t frames = 0;                  // packets of the video stream; a picture has one
  double duration_s = 0, frames_per_s = 0;  // 0 if unknown
  std::string codec;                        // "h264", "png", …
  std::int64_t file_bytes = 0;
};

struct DecodedFrame {
  std::uint32_t frame = 0;    // number in the video, by presentation time, damaged frames counted
  std::int64_t time_us = -1;  // presentation time since the first frame; -1 if unknown
  ReadFrame read;
};

/// One child; started at the first use, and again after it was lost. A frame that is ok has the same bits whatever else
/// is asked for; one that is predicted from a damaged frame isn't ok. THREAD: one thread at a time; a child dies with
/// the thread that started it.
class MediaDecoder {
 public:
  explicit MediaDecoder(const DecoderOptions& options);
  ~MediaDecoder();
  MediaDecoder(MediaDecoder&&) noexcept;

  /// Called about twice a second while the child is waited for, from then on; may throw to stop: the child is killed,
  /// and another one serves what comes next.
  void on_wait(std::function<void()> waiting);
  /// Every fault of the input is a status with a text. THROWS Error(kFailed) if no child can be started.
  VideoFacts probe(const std::filesystem::path& file);
  /// Next to be decoded: the frames of these numbers (ascending). The input ends at the first fault that nothing
  /// follows: then each frame that was asked for and not reached is given with that fault.
  void open(const std::filesystem::path& file, std::span<const std::uint32_t> frames);
  /// Each frame that was asked for, once, in order; then nothing.
  std::optional<DecodedFrame> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether the sandbox works here: "" or why not ("seccomp: Operation not permitted"). `walls`, if not null: what it is
/// made of ("seccomp, no Landlock here").
std::string sandbox_fault(const DecoderOptions& options, std::string* walls = nullptr);

}  // namespace unmask
