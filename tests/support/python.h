// Runs a reference script with the Python of .venv.
#pragma once

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace unmask::test_support {

/// What `script` (a path from the root of the source tree) prints. Arguments are plain words.
/// THROWS std::runtime_error if it can't be started or fails; its messages go to the test's own stderr.
inline std::string run_python(const std::string& script, const std::vector<std::string>& arguments) {
  std::string command = "'" UNMASK_PYTHON "' '" UNMASK_SOURCE_DIR "/" + script + "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run: " + command);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
  if (const int status = ::pclose(pipe); status != 0) {
    throw std::runtime_error("status " + std::to_string(status) + " from: " + command);
  }
  return output;
}

}  // namespace unmask::test_support
