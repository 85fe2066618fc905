// File names as text that can be shown and stored.
#pragma once

#include <string>
#include <string_view>

namespace unmask {

/// The text as printable UTF-8: every other byte, and the backslash, becomes `\xNN`, so that different names stay
/// different and none can steer a terminal.
std::string printable(std::string_view bytes);

}  // namespace unmask
