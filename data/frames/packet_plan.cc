#include "data/frames/packet_plan.h"

#include <algorithm>
#include <utility>

namespace unmask {

PacketPlan::PacketPlan(std::vector<VideoPacket> packets)
    : packets_(std::move(packets)), frame_in_(packets_.size(), -1) {
  // Where parameters come with packets, decoding starts only at those that bring them along.
  const bool are_inside =
      std::any_of(packets_.begin(), packets_.end(), [](const VideoPacket& one) { return one.has_parameters; });
  bool has_times = true;
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (packets_[i].is_start && (!are_inside || packets_[i].has_parameters)) starts_.push_back(i);
    if (packets_[i].is_key) keys_.push_back(i);
    if (!packets_[i].is_shown) continue;
    packet_of_.push_back(i);
    has_times = has_times && packets_[i].time != VideoPacket::kNoTime;
  }
  if (has_times) {
    std::stable_sort(packet_of_.begin(), packet_of_.end(),
                     [this](std::size_t a, std::size_t b) { return packets_[a].time < packets_[b].time; });
  }
  for (std::size_t frame = 0; frame < packet_of_.size(); ++frame) {
    frame_in_[packet_of_[frame]] = static_cast<std::int64_t>(frame);
  }
}

std::size_t PacketPlan::latest(const std::vector<std::size_t>& places, std::size_t packet) const {
  auto place = std::upper_bound(places.begin(), places.end(), packet);
  while (place != places.begin()) {
    --place;
    // A frame that is decoded after a start and shown before it may be predicted from what was before.
    if (frame_in_[*place] >= 0 && frame_in_[*place] <= frame_in_[packet]) return *place;
  }
  return 0;
}

std::vector<bool> PacketPlan::needed_packets(std::span<const std::uint32_t> wanted) const {
  std::vector<int> changes(packets_.size() + 1, 0);  // ranges open and end here
  std::vector<bool> is_wanted(packets_.size(), false);
  for (const std::uint32_t frame : wanted) {
    if (frame >= frames()) break;
    const std::size_t packet = packet_of_[frame];
    is_wanted[packet] = true;
    ++changes[start_of(packet)];
    --changes[packet + 1];
  }
  std::vector<bool> needed(packets_.size(), false);
  int open_ranges = 0;
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    open_ranges += changes[i];
    needed[i] = open_ranges > 0 && (is_wanted[i] || !packets_[i].is_disposable);
  }
  return needed;
}

}  // namespace unmask
