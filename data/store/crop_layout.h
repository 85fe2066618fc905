// The bytes of a crop store, shared by its reader and its writer. docs/formats.md says the same in prose.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/digest.h"
#include "data/crop_encoding.h"

namespace unmask::crop_layout {

static_assert(std::endian::native == std::endian::little, "stores are little-endian");

inline constexpr std::array<char, 8> kMagic = {'U', 'N', 'M', 'A', 'S', 'K', 'C', 'S'};
inline constexpr std::uint32_t kVersion = 2;        // what is written
inline constexpr std::uint32_t kOldestVersion = 1;  // what is read: rows that end before `source`, no views
inline constexpr std::uint32_t kEndianMark = 0x01020304;
inline constexpr std::uint64_t kHeaderBytes = 4096;
inline constexpr std::uint32_t kMaxCropPx = 4096;
inline constexpr std::uint64_t kMaxRows = 0xFFFFFFFFu;
inline constexpr std::uint64_t kRawAlign = 4096, kJpegAlign = 64;
inline constexpr std::uint64_t kRowBytesOfVersion1 = 96;
inline constexpr std::uint32_t kNoString = 0xFFFFFFFFu;  // of a version 1 row, in memory alone

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version, endian_mark, crop_px, encoding;
  std::uint64_t rows, record_stride;  // stride: of raw records; 0 for JPEG
  std::uint64_t index_offset, index_bytes, strings_offset, strings_bytes, string_count, json_offset, json_bytes;
  std::uint64_t file_bytes;
  Digest128 index_digest, strings_digest, json_digest;
  std::uint32_t is_view, records_name;  // of a view: the string with the name of the file that its rows point into
  Digest128 records_header;             // and that file's header_digest, which names its content
  std::array<std::byte, kHeaderBytes - 176 - 16> zeros;
  Digest128 header_digest;  // of all bytes before it
};
static_assert(sizeof(Header) == kHeaderBytes && std::is_trivially_copyable_v<Header>);

struct Row {
  std::uint64_t offset, size, digest;  // digest: XXH3-64 of the record with its padding; all 0 without a crop
  std::uint32_t frame;
  std::uint8_t label, split, status, zero;
  std::int32_t x, y, width, height;
  std::uint32_t dataset, method, compression, video, target_identity, source_identity, detector;  // string ids
  std::uint32_t source, source_digest;                                                            // string ids
  std::uint32_t track;
  std::int64_t time_us;
  std::uint64_t source_bytes;
  std::int32_t frame_width, frame_height;
  float detector_score;
  std::array<std::uint32_t, 3> zeros;
};
static_assert(sizeof(Row) == 128 && offsetof(Row, source) == 76 && offsetof(Row, time_us) == 88 &&
              std::is_trivially_copyable_v<Row>);

constexpr std::uint64_t alignment_of(CropEncoding encoding) {
  return encoding == CropEncoding::kRaw ? kRawAlign : kJpegAlign;
}
constexpr std::uint64_t crop_bytes_of(std::uint64_t crop_px) { return crop_px * crop_px * 3; }
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// A file's bytes may stand at any address: copied, never cast.
template <typename T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace unmask::crop_layout
