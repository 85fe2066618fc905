#include "data/frames/coded_packet.h"

#include <cstddef>

namespace unmask {
namespace {

/// Calls `use` with the first byte of each unit, as far as the bytes go.
template <class Use>
void for_each_unit(std::span<const std::uint8_t> bytes, int length_bytes, Use use) {
  if (length_bytes == 0) {
    for (std::size_t i = 0; i + 3 < bytes.size(); ++i) {
      if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) use(bytes[i + 3]);
    }
    return;
  }
  const auto width = static_cast<std::size_t>(length_bytes);
  for (std::size_t at = 0; bytes.size() - at > width;) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < width; ++i) length = length << 8 | bytes[at + i];
    at += width;
    if (length > 0) use(bytes[at]);
    if (length > bytes.size() - at) return;
    at += length;
  }
}

struct Seen {
  int slices = 0, references = 0, keys = 0, parameters = 0;

  void h264(std::uint8_t head) {
    const int type = head & 31;
    if (type == 7 || type == 8) ++parameters;
    if (type < 1 || type > 5) return;
    ++slices;
    if ((head >> 5 & 3) != 0) ++references;
    if (type == 5) ++keys;
  }
  void hevc(std::uint8_t head) {
    const int type = head >> 1 & 63;
    if (type >= 32 && type <= 34) ++parameters;
    if (type > 31) return;
    ++slices;
    ++references;
    if (type >= 16 && type <= 21) ++keys;
  }
};

}  // namespace

CodedPacket coded_packet(std::span<const std::uint8_t> bytes, VideoCoding coding, int length_bytes) {
  CodedPacket packet;
  if (coding == VideoCoding::kIntraOnly) packet.is_key = packet.is_disposable = true;
  if (coding == VideoCoding::kVp8 && !bytes.empty()) {
    packet.is_key = (bytes[0] & 1) == 0;
    packet.is_hidden = (bytes[0] & 16) == 0;
  }
  if (coding != VideoCoding::kH264 && coding != VideoCoding::kHevc) return packet;
  Seen seen;
  for_each_unit(bytes, length_bytes,
                [&](std::uint8_t head) { coding == VideoCoding::kH264 ? seen.h264(head) : seen.hevc(head); });
  packet.is_key = seen.keys > 0 && seen.keys == seen.slices;
  packet.has_parameters = seen.parameters > 0;
  packet.is_disposable = seen.slices > 0 && seen.references == 0 && seen.parameters == 0;
  return packet;
}

int unit_length_bytes(std::span<const std::uint8_t> extra_data, VideoCoding coding) {
  if (coding == VideoCoding::kH264 && extra_data.size() >= 7 && extra_data[0] == 1) return (extra_data[4] & 3) + 1;
  const bool is_hvcc = extra_data.size() >= 23 && (extra_data[0] != 0 || extra_data[1] != 0 || extra_data[2] > 1);
  if (coding == VideoCoding::kHevc && is_hvcc) return (extra_data[21] & 3) + 1;
  return 0;
}

}  // namespace unmask
