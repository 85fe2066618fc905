#include "launch/run/converter_python.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(ConverterPythonTest, TheCheckoutsOwnUnlessTheEnvironmentSaysAnother) {
  ::unsetenv("UNMASK_PYTHON");
  EXPECT_EQ(converter_python(), std::filesystem::path(UNMASK_PYTHON));  // this test's program lies in the checkout
  ::setenv("UNMASK_PYTHON", "/opt/python", 1);
  EXPECT_EQ(converter_python(), std::filesystem::path("/opt/python"));
  ::unsetenv("UNMASK_PYTHON");
}

}  // namespace
}  // namespace unmask
