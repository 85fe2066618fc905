// What the bytes of a compressed packet tell without decoding them. Pure; the bytes may be anything.
#pragma once

#include <cstdint>
#include <span>

namespace unmask {

enum class VideoCoding { kH264, kHevc, kVp8, kIntraOnly, kOther };

struct CodedPacket {
  bool is_key = false;          // H.264: an IDR picture; HEVC: IDR, CRA or BLA; VP8: a key frame
  bool has_parameters = false;  // H.264 and HEVC: parameter sets
  bool is_disposable = false;   // H.264: no slice of it is a reference
  bool is_hidden = false;       // VP8: decoded, never shown
};

/// `length_bytes`: of the length before each unit (avcC, hvcC); 0: units begin with start codes (Annex B).
CodedPacket coded_packet(std::span<const std::uint8_t> bytes, VideoCoding coding, int length_bytes);

/// From the codec's extra data: 0 for Annex B.
int unit_length_bytes(std::span<const std::uint8_t> extra_data, VideoCoding coding);

}  // namespace unmask
