// Numbers for tests of shortcut probes; logistic_reference.py makes the same.
#pragma once

#include <cstdint>
#include <vector>

#include "data/audit/logistic_fit.h"

namespace unmask::test {

/// Every third row is a fake. The first column tells the label a little.
inline std::vector<FeatureRow> rows_of(int count, int columns) {
  std::uint64_t state = 12345;
  std::vector<FeatureRow> rows;
  for (int i = 0; i < count; ++i) {
    FeatureRow row;
    for (int k = 0; k < columns; ++k) {
      state = (state * 1103515245 + 12345) % (std::uint64_t{1} << 31);
      row.push_back(static_cast<double>(state % 1000) / 100 + (k == 0 && i % 3 == 0 ? 2.5 : 0));
    }
    rows.push_back(row);
  }
  return rows;
}
inline std::vector<std::uint8_t> labels_of(int count) {
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < count; ++i) labels.push_back(i % 3 == 0);
  return labels;
}

}  // namespace unmask::test
