// Which packet of a video holds which frame, and which packets must be decoded for the frames that are wanted. Pure.
//
//   const PacketPlan plan(packets);                              // of all packets, in the order of the file
//   const std::vector<bool> needed = plan.needed_packets(wanted);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

/// One packet, in the order of the file, which is that of decoding.
struct VideoPacket {
  static constexpr std::int64_t kNoTime = INT64_MIN;
  std::int64_t time = kNoTime;  // of presentation, in the stream's unit
  bool is_shown = true;         // false: an edit list, or its own header, hides it: it has no number
  bool is_key = false;          // nothing that is shown after it is predicted from what was before it
  bool is_start = false;        // … and a decoder that begins here gives the same bits, if it knows the parameters
  bool has_parameters = false;  // the decoder's parameters stand in the packet itself
  bool is_disposable = false;   // nothing is predicted from it
};

class PacketPlan {
 public:
  explicit PacketPlan(std::vector<VideoPacket> packets);

  const std::vector<VideoPacket>& packets() const { return packets_; }
  /// Frames are numbered by time of presentation; by place in the file where a time is missing.
  std::uint32_t frames() const { return static_cast<std::uint32_t>(packet_of_.size()); }
  std::size_t packet_of(std::uint32_t frame) const { return packet_of_[frame]; }
  /// -1: not shown.
  std::int64_t frame_in(std::size_t packet) const { return frame_in_[packet]; }
  /// The last packet, this one or before it, from which decoding may start for the frame in `packet`.
  std::size_t start_of(std::size_t packet) const { return latest(starts_, packet); }
  /// … and before which nothing matters for it.
  std::size_t key_of(std::size_t packet) const { return latest(keys_, packet); }
  /// By packet, for these frames (ascending). What lies between two needed ones is disposable, or ends with a start.
  std::vector<bool> needed_packets(std::span<const std::uint32_t> wanted) const;

 private:
  std::size_t latest(const std::vector<std::size_t>& places, std::size_t packet) const;

  std::vector<VideoPacket> packets_;
  std::vector<std::size_t> packet_of_, starts_, keys_;
  std::vector<std::int64_t> frame_in_;
};

}  // namespace unmask
