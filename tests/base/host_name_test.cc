#include "base/host_name.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(HostName, IsTheKernels) {
  std::string name;
  std::getline(std::ifstream("/proc/sys/kernel/hostname"), name);
  ASSERT_FALSE(name.empty());
  EXPECT_EQ(host_name(), name);
}

}  // namespace
}  // namespace unmask
