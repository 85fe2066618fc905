// Runs a script of tests/data with the project's Python and gives its output back.
#pragma once

#include <gtest/gtest.h>
#include <cstdlib>
#include <string>

#include "tests/data/crops_builder.h"

namespace unmask::test {

/// Standard output of `<script> <arguments>`; a failure of the script fails the test.
inline std::string run_reference(const std::string& arguments, const std::string& input = "",
                                 const std::string& script = "augment_reference.py") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "in", input);
  const std::string out = (folder.path() / "out").string();
  const std::string command = std::string(UNMASK_PYTHON) + " " + UNMASK_SOURCE_DIR + "/tests/data/augment/" + script +
                              " " + arguments + " < " + (folder.path() / "in").string() + " > " + out;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return bytes_of(out);
}

}  // namespace unmask::test
