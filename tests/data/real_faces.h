// The real photos that the tests use, and files as bytes.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace unmask {

inline std::filesystem::path face_file(const std::string& name) {
  const std::filesystem::path file = std::filesystem::path(UNMASK_SOURCE_DIR) / "downloads" / "faces" / name;
  if (!std::filesystem::exists(file)) {
    ADD_FAILURE() << file << " is missing: scripts/fetch_faces downloads it (make test does so by itself)";
    std::exit(1);
  }
  return file;
}

using test_support::TemporaryFolder;

inline void write_bytes(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace unmask
