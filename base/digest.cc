#include "base/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace unmask {
namespace {

Digest128 canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Digest128 digest;
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = std::byte{bytes.digest[i]};
  return digest;
}

}  // namespace

std::uint64_t digest64(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }
std::uint64_t digest64(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }
std::uint64_t digest64(std::span<const std::byte> first, std::span<const std::byte> second) {
  if (second.empty()) return digest64(first);
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, first.data(), first.size());
  XXH3_64bits_update(&state, second.data(), second.size());
  return XXH3_64bits_digest(&state);
}
Digest128 digest128(std::span<const std::byte> bytes) { return canonical(XXH3_128bits(bytes.data(), bytes.size())); }

std::string to_hex(const Digest128& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte b : digest) {
    text += kDigits[std::to_integer<int>(b) >> 4];
    text += kDigits[std::to_integer<int>(b) & 15];
  }
  return text;
}

struct Digest128Stream::State {
  XXH3_state_t xxh;
};
Digest128Stream::Digest128Stream() : state_(new State) { XXH3_128bits_reset(&state_->xxh); }
Digest128Stream::~Digest128Stream() = default;
Digest128Stream::Digest128Stream(Digest128Stream&&) noexcept = default;
Digest128Stream& Digest128Stream::operator=(Digest128Stream&&) noexcept = default;
void Digest128Stream::update(std::span<const std::byte> bytes) {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}
Digest128 Digest128Stream::digest() const { return canonical(XXH3_128bits_digest(&state_->xxh)); }

}  // namespace unmask
