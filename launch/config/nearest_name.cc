#include "launch/config/nearest_name.h"

#include <algorithm>
#include <utility>

#include "base/nearest_word.h"

namespace unmask {

std::optional<std::string> nearest_name(const std::string& name, std::span<const std::string> known) {
  if (name.size() > 200) return std::nullopt;
  for (std::size_t i = 0; i + 1 < name.size(); ++i) {
    std::string swapped = name;
    std::swap(swapped[i], swapped[i + 1]);
    if (std::find(known.begin(), known.end(), swapped) != known.end()) return swapped;
  }
  return nearest_word(name, known);
}

}  // namespace unmask
