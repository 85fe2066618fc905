// "Did you mean": the known word that was most likely meant.
//
//   const std::vector<std::string> known = {"max_lr", "min_lr", "schedule"};
//   nearest_word("scedule", known);  // "schedule"
//   nearest_word("epochs", known);   // nothing
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace unmask {

/// One of `known` in which two neighbouring letters were swapped, else the nearest by Levenshtein distance; nothing if
/// more than a third of the letters would change.
std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> known);

}  // namespace unmask
