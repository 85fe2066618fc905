#include "model/device/device_kernels.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/temporary_folder.h"

// NVRTC alone: no GPU is asked.
namespace unmask {
namespace {

namespace fs = std::filesystem;

const std::string kSource = "extern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }";

fs::path only_file(const test_support::TemporaryFolder& folder) {
  EXPECT_EQ(folder.entries(), 1u);
  return *fs::directory_iterator(folder.path());
}

TEST(DeviceKernelsTest, AreElfFilesOfTheirArchitecture) {
  ASSERT_FALSE(nvrtc_version().empty());
  const std::string ampere = compile_cubin(kSource, "sm_80"), hopper = compile_cubin(kSource, "sm_90");
  for (const std::string& cubin : {ampere, hopper})
    EXPECT_EQ(cubin.substr(0, 4),
              "\x7f"
              "ELF");
  EXPECT_NE(ampere, hopper);
}

TEST(DeviceKernelsTest, SayWhatTheCompilerSays) {
  try {
    compile_cubin("extern \"C\" __global__ void f() { lost(); }", "sm_80");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find("sm_80"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("lost"), std::string::npos);
  }
  EXPECT_THROW(compile_cubin(kSource, "sm_1"), Error);
}

TEST(DeviceKernelsTest, AreKeptUntilAFileIsDamaged) {
  const test_support::TemporaryFolder folder;
  const std::string cubin = kept_cubin(folder.path(), kSource, "sm_80");
  const fs::path file = only_file(folder);
  const std::string whole = read_text_file(file, 1 << 20);
  // What is there is taken, not compiled.
  const std::string other = "another's code";
  replace_file(file, to_hex(digest128(std::as_bytes(std::span(other)))) + other);
  EXPECT_EQ(kept_cubin(folder.path(), kSource, "sm_80"), other);

  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 1;
  for (const std::string& damaged : {std::string(), whole.substr(0, 20), whole.substr(0, whole.size() - 1), flipped}) {
    replace_file(file, damaged);
    EXPECT_EQ(kept_cubin(folder.path(), kSource, "sm_80"), cubin) << damaged.size();
    EXPECT_EQ(read_text_file(file, 1 << 20), whole) << damaged.size();
  }
  kept_cubin(folder.path(), kSource + " ", "sm_80");
  kept_cubin(folder.path(), kSource, "sm_90");
  EXPECT_EQ(folder.entries(), 3u);
  // A place where nothing can be written.
  EXPECT_EQ(kept_cubin(file / "below_a_file", kSource, "sm_80"), cubin);
  EXPECT_EQ(kept_cubin({}, kSource, "sm_80"), cubin);
}

}  // namespace
}  // namespace unmask
