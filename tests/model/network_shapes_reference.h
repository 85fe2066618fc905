// What torchvision's networks are made of (tests/model/network_shapes_reference.py).
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "tests/support/python.h"

namespace unmask {

/// The lines that begin with a word, without it, in order. Python runs once a process.
inline std::vector<std::string> reference_lines(const std::string& word) {
  static const std::string all = test_support::run_python("tests/model/network_shapes_reference.py", {});
  std::vector<std::string> lines;
  std::istringstream stream(all);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(word + " ")) lines.push_back(line.substr(word.size() + 1));
  }
  return lines;
}

}  // namespace unmask
