// Numbers as text that loses nothing.
#pragma once

#include <optional>
#include <string>

namespace unmask {

/// Shortest decimal text that reads back to the same double; "" for nothing.
std::string number_text(double value);
std::string number_text(const std::optional<double>& value);

}  // namespace unmask
