#include "data/frames/npy_reader.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace unmask {
namespace {

constexpr std::size_t kMagicBytes = 8;  // "\x93NUMPY", major, minor

/// What stands behind `'key':` in the header, without leading blanks; nothing if there is no such key.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const std::string quoted = "'" + std::string(key) + "':";
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = header.find_first_not_of(' ', at + quoted.size());
  return begin == std::string_view::npos ? std::string_view() : header.substr(begin);
}

/// "(224, 224, 3)"
std::optional<RgbImage> shape_of(std::string_view text) {
  std::int64_t sizes[3] = {};
  const char *at = text.data(), *const end = at + text.size();
  const auto skip = [&](char wanted) {
    while (at != end && *at == ' ') ++at;
    return at != end && *at++ == wanted;
  };
  if (!skip('(')) return std::nullopt;
  for (std::int64_t& size : sizes) {
    while (at != end && *at == ' ') ++at;
    const auto [stop, error] = std::from_chars(at, end, size);
    if (error != std::errc() || size < 1 || size > 1'000'000) return std::nullopt;
    at = stop;
    if (&size != &sizes[2] && !skip(',')) return std::nullopt;
  }
  if (!skip(')') || sizes[2] != 3) return std::nullopt;
  return RgbImage{static_cast<int>(sizes[1]), static_cast<int>(sizes[0]), {}};
}

}  // namespace

ReadFrame read_npy(const EncodedBytes& bytes, const FrameLimits& limits) {
  const auto cut = [&] {
    return unread(FrameStatus::kTruncated, "the array ends after " + std::to_string(bytes.size()) + " bytes");
  };
  if (bytes.size() < kMagicBytes + 2) return cut();
  const int major = bytes[6];
  if (major < 1 || major > 3) {
    return unread(FrameStatus::kNotAnImage, "version " + std::to_string(major) + " of .npy is not known");
  }
  const int length_bytes = major == 1 ? 2 : 4;
  const std::size_t header_at = kMagicBytes + static_cast<std::size_t>(length_bytes);
  if (bytes.size() < header_at) return cut();
  const std::size_t header_bytes = little_endian(bytes, kMagicBytes, length_bytes);
  if (bytes.size() - header_at < header_bytes) return cut();
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + header_at, header_bytes);
  const auto type = value_of(header, "descr"), order = value_of(header, "fortran_order"),
             shape = value_of(header, "shape");
  std::optional<RgbImage> image = shape ? shape_of(*shape) : std::nullopt;
  if (!image || !type || !type->starts_with("'|u1'") || !order || !order->starts_with("False")) {
    return unread(FrameStatus::kNotAnImage, "an array that is no picture: wanted uint8 of [height, width, 3], C order");
  }
  if (auto fault = size_fault(image->width, image->height, limits)) return *fault;
  const auto pixels = static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height) * 3;
  const std::size_t at = header_at + header_bytes;
  if (bytes.size() - at < pixels) return cut();
  if (bytes.size() - at > pixels) {
    return unread(FrameStatus::kTruncated,
                  std::to_string(bytes.size() - at - pixels) + " bytes behind the array: the file is damaged");
  }
  image->rgb.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
  return {FrameStatus::kOk, "", std::move(*image)};
}

}  // namespace unmask
