// "Did you mean": the known word with the smallest edit distance.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace unmask {

/// The nearest of `known` by Levenshtein distance; nothing if more than a third of the letters would change.
std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> known);

}  // namespace unmask
