#include "sweep/plan/space_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/digest.h"
#include "base/number_text.h"

namespace unmask {
namespace {

constexpr int kBits = 53;

std::string decimal(double value) {
  const std::string text = number_text(value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

double number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// ratio^place, bit by bit of the place: the square roots of the ratio multiplied up. No exp, no log.
double power(double ratio, double place) {
  double result = 1, root = ratio, weight = 1;
  if (place >= 1) return ratio;
  for (int bit = 0; bit < kBits; ++bit) {
    root = std::sqrt(root);
    weight /= 2;
    if (place >= weight) {
      place -= weight;
      result *= root;
    }
  }
  return result;
}

/// The place where power(ratio, place) is `value`.
double logarithm(double ratio, double value) {
  if (value >= ratio) return 1;
  double place = 0, root = ratio, weight = 1;
  for (int bit = 0; bit < kBits; ++bit) {
    root = std::sqrt(root);
    weight /= 2;
    if (root > 1 && value >= root) {
      value /= root;
      place += weight;
    }
  }
  return place;
}

double integers(const SpaceKey& key) { return key.high - key.low + 1; }

}  // namespace

Draws space_draws(const SpaceKey& key, std::uint64_t seed, int i, SpaceDraw what) {
  const auto name = static_cast<std::uint32_t>(digest64(key.key) >> 32);
  return Draws(seed, DrawFor::kSweep, static_cast<std::uint32_t>(i), name, static_cast<std::uint32_t>(what));
}

double unit_draw(Draws& draws) {
  const std::uint64_t upper = draws.next_u32();
  const std::uint64_t lower = draws.next_u32();
  return static_cast<double>((upper << 32 | lower) >> 11) * 0x1p-53;
}

std::string value_at(const SpaceKey& key, double place) {
  if (key.kind == SpaceKey::Kind::kInteger) {
    const double value = std::min(key.low + std::floor(place * integers(key)), key.high);
    return std::to_string(static_cast<std::int64_t>(value));
  }
  const double value = key.kind == SpaceKey::Kind::kLogUniform ? key.low * power(key.high / key.low, place)
                                                               : key.low + (key.high - key.low) * place;
  return decimal(std::clamp(value, key.low, key.high));
}

double place_of(const SpaceKey& key, const std::string& value) {
  const double at = number(value);
  double place = 0.5;  // of a range with one value
  if (key.kind == SpaceKey::Kind::kInteger) {
    place = (at - key.low + 0.5) / integers(key);
  } else if (key.kind == SpaceKey::Kind::kLogUniform && key.high > key.low) {
    place = logarithm(key.high / key.low, at / key.low);
  } else if (key.high > key.low) {
    place = (at - key.low) / (key.high - key.low);
  }
  return std::clamp(place, 0.0, 1.0);
}

std::string draw_value(const SpaceKey& key, Draws& draws) {
  if (key.kind != SpaceKey::Kind::kChoice) return value_at(key, unit_draw(draws));
  return key.choices[draws.below(static_cast<std::uint32_t>(key.choices.size()))];
}

}  // namespace unmask
