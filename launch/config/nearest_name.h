// "Did you mean", also where two neighbouring letters were swapped.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace unmask {

std::optional<std::string> nearest_name(const std::string& name, std::span<const std::string> known);

}  // namespace unmask
