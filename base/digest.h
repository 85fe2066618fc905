// XXH3 digests: 64 bits guard records, 128 bits guard whole files and name contents.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace unmask {

using Digest128 = std::array<std::byte, 16>;  // canonical (big-endian) XXH3-128

std::uint64_t digest64(std::span<const std::byte> bytes);
std::uint64_t digest64(std::string_view text);
/// Of `first` with `second` behind it.
std::uint64_t digest64(std::span<const std::byte> first, std::span<const std::byte> second);
Digest128 digest128(std::span<const std::byte> bytes);
std::string to_hex(const Digest128& digest);

/// XXH3-128 of bytes that come in pieces.
class Digest128Stream {
 public:
  Digest128Stream();
  ~Digest128Stream();
  Digest128Stream(Digest128Stream&&) noexcept;
  Digest128Stream& operator=(Digest128Stream&&) noexcept;
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }
  Digest128 digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unmask
