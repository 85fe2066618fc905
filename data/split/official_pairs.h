// The official split of FaceForensics++: its 1,000 originals in pairs, each of which gives the two fakes a_b and b_a of
// every method. 360 pairs are for training, 70 for validation, 70 for the test.
//
//   official_split("953");          // kTest: of the pair 953, 974
//   official_pairs(Split::kTest);   // {"953", "974"}, {"012", "026"}, …
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/sample.h"

namespace unmask {

/// In the order of the official lists; none for calibration.
std::vector<std::array<std::string, 2>> official_pairs(Split split);

/// Of an original by its number, "000" to "999"; nothing for other names.
std::optional<Split> official_split(std::string_view video);

}  // namespace unmask
