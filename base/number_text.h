// Numbers as text: for programs, which lose nothing, and for people.
#pragma once

#include <optional>
#include <string>

namespace unmask {

/// Shortest decimal text that reads back to the same double; "" for nothing.
std::string number_text(double value);
std::string number_text(const std::optional<double>& value);

/// With so many digits behind the point, for tables that people read.
std::string fixed_text(double value, int digits);

}  // namespace unmask
