// Stores of two datasets, base and augment, with drawn crops (tests/support/make_tiny_stores.cc): for tests that define
// UNMASK_MAKE_TINY_STORES.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_folder.h"

namespace unmask {

/// Frames of each dataset's splits; of every 17 the last has no face.
struct TinyStores {
  int px = 32, train = 36, val = 12;
};

inline void make_tiny_stores(const std::filesystem::path& folder, const TinyStores& stores = {}) {
  std::string command = UNMASK_MAKE_TINY_STORES " ";
  command += folder.string() + " " + std::to_string(stores.px) + " " + std::to_string(stores.train) + " " +
             std::to_string(stores.val);
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot run: " + command);
}

}  // namespace unmask
