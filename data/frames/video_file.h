// A video's container, by libav, out of an open descriptor: nothing else is opened, no name, no network.
//
//   VideoFile video(fd, {});
//   if (video.fault()) return *video.fault();
//   while (video.read(packet)) …                       // of its video stream, in the order of the file
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "data/frames/coded_packet.h"
#include "data/frames/image.h"
#include "data/frames/libav_handles.h"
#include "data/frames/packet_plan.h"

namespace unmask {

/// What libav may allocate for a frame: some decoders pad small ones to several times their size.
inline std::int64_t padded_pixels(const FrameLimits& limits) { return 2 * limits.max_pixels + (1 << 20); }

class VideoFile {
 public:
  /// Reads the head. `fd` stays the caller's, and its place in the file is left as it is. THROWS std::bad_alloc.
  VideoFile(int fd, const FrameLimits& limits);
  ~VideoFile();
  VideoFile(VideoFile&&) noexcept;
  VideoFile& operator=(VideoFile&&) noexcept;

  /// Why there is nothing to be read; nothing where there may be.
  const std::optional<ReadFrame>& fault() const;
  /// The next packet of the video; false at the end. Damaged places are passed over.
  bool read(AVPacket& packet);
  /// What is to be known of this packet for the plan.
  VideoPacket look(const AVPacket& packet) const;

  // REQUIRES of what follows: no fault.
  const AVStream& stream() const;
  /// Null if upright.
  const std::int32_t* display_matrix() const;
  /// That the header tells; 0 if it tells none.
  std::int64_t promised_frames() const;
  double duration_s() const;
  double frames_per_s() const;
  VideoCoding coding() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All of its packets, which are then read.
PacketPlan read_plan(VideoFile& video);

}  // namespace unmask
