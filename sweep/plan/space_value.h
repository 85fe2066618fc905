// The values of a space's key by place: 0 is a range's low end, 1 its high end. Only + - * / and sqrt are used, which
// every machine rounds alike, so a place gives the same text everywhere. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/philox.h"
#include "sweep/plan/sweep_options.h"

namespace unmask {

/// What a stream of a key is for (the counter's layer).
enum class SpaceDraw : std::uint32_t { kRandom = 0, kTpe = 1 };
/// The stream of one key of point i: a = i, b = first 32 bits of XXH3-64 of the key's name.
Draws space_draws(const SpaceKey& key, std::uint64_t seed, int i, SpaceDraw what);

/// In [0, 1): the upper 53 bits of two words (the first is the upper) times 2^-53.
double unit_draw(Draws& draws);

/// The value at a place in [0, 1], as TOML; log_uniform: low × (high / low)^place. REQUIRES: no choice.
std::string value_at(const SpaceKey& key, double place);
/// The place of a value; an integer stands in the middle of its share. REQUIRES: no choice.
double place_of(const SpaceKey& key, const std::string& value);

/// A uniform draw of the key.
std::string draw_value(const SpaceKey& key, Draws& draws);

}  // namespace unmask
