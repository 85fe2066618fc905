#include "model/tensor_memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <new>
#include <stdexcept>
#include <vector>

#include "base/error.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// What the process has mapped.
std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// First, and in a process of its own: the limits are looked up once a process.
TEST(TensorMemoryTest, NothingIsTakenBeyondAMemoryCgroup) {
  const test_support::TemporaryFolder root;
  const auto put = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  };
  put("proc/meminfo", "MemTotal: 99000000 kB\nMemAvailable: 99000000 kB\n");
  put("proc/self/cgroup", "0::/job\n");
  put("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  put("sys/fs/cgroup/job/memory.max", "1048576000\n");     // 1000 MiB
  put("sys/fs/cgroup/job/memory.current", "891289600\n");  // 850: 50 are left below nine tenths
  const test_support::ChildResult child = test_support::run_in_child([&] {
    keep_tensor_memory(root.path());
    const at::Tensor fits = at::empty({10 << 18}, at::kFloat);
    at::empty({60 << 18}, at::kFloat);
  });
  EXPECT_EQ(child.exit_code, 1);
  EXPECT_TRUE(child.error.starts_with("out of memory: 62 MiB for a tensor, 12 MiB in use: ")) << child.error;
  EXPECT_NE(child.error.find("memory cgroup /job (limit 1000 MiB) has room for 50 MiB"), std::string::npos)
      << child.error;
}

TEST(TensorMemoryTest, ABlockIsKeptAndHandedOutAgain) {
  keep_tensor_memory();
  const void* first = at::empty({8 << 20}, at::kFloat).const_data_ptr();
  EXPECT_EQ(reinterpret_cast<std::size_t>(first) % 64, 0u);
  const std::size_t before = mapped_bytes();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(at::empty({8 << 20}, at::kFloat).const_data_ptr(), first);
  EXPECT_EQ(at::empty({7 << 20}, at::kFloat).const_data_ptr(), first) << "up to a quarter larger will do";
  EXPECT_EQ(mapped_bytes(), before);
}

TEST(TensorMemoryTest, WhatIsKeptStaysBelowWhatWasInUse) {
  keep_tensor_memory();
  const std::size_t before = mapped_bytes();
  for (int mib = 10; mib < 400; mib += 13) at::zeros({mib << 18}, at::kFloat);  // 6 GiB, one after another
  EXPECT_LE(mapped_bytes(), before + 2 * (std::size_t{400} << 20));
}

TEST(TensorMemoryTest, WhatIsKeptIsGivenBackWhereNewFindsNoRoom) {
  const test_support::ChildResult child = test_support::run_in_child([] {
    keep_tensor_memory();
    at::empty({100 << 18}, at::kFloat);
    std::size_t pages[6] = {};  // the sixth: what RLIMIT_DATA counts
    std::ifstream statm("/proc/self/statm");
    for (std::size_t& count : pages) statm >> count;
    const rlim_t used = pages[5] * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
    const rlimit limit{used + (20 << 20), used + (20 << 20)};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) throw Error(ErrorKind::kFailed, "no limit");
    const std::vector<char> fits(90 << 20, 'x');
    try {
      std::vector<char> beyond(std::size_t{8} << 30, 'x');
    } catch (const std::bad_alloc&) {
      return;
    }
    throw Error(ErrorKind::kFailed, "there was room for both");
  });
  EXPECT_EQ(child.exit_code, 0) << child.error << "; signal " << child.signal;
}

TEST(TensorMemoryTest, ATensorMayGrowFromASmallBlockToALargeOne) {
  keep_tensor_memory();
  const at::Tensor small = at::ones({5}), grown = at::ones({5});
  grown.resize_({3 << 20}).fill_(2);
  EXPECT_EQ(small.sum().item<double>(), 5);
  EXPECT_EQ(grown[7].item<double>(), 2);
}

TEST(TensorMemoryTest, WhatDoesNotFitSaysHowMuchAndWhatToDo) {
  keep_tensor_memory();
  const std::int64_t floats = std::int64_t{1} << 46;  // 256 TiB: more than there are addresses
  try {
    at::empty({floats}, at::kFloat);
    ADD_FAILURE() << "there was room";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault().cause, Cause::kMemory);
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("out of memory: 26843545")) << text;  // MiB, and one block's own more
    EXPECT_NE(text.find("a smaller train.microbatch_size or fewer ranks"), std::string::npos) << text;
  }
  EXPECT_EQ(at::ones({3 << 20}).sum().item<double>(), 3 << 20);  // goes on
}

TEST(TensorMemoryTest, ADevicesOutOfMemoryIsAnErrorOfThatCauseAndOthersPass) {
  try {
    with_memory_errors([] { TORCH_CHECK_WITH(OutOfMemoryError, false, "no room on the GPU"); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault().cause, Cause::kMemory);
    EXPECT_NE(std::string(error.what()).find("no room on the GPU"), std::string::npos) << error.what();
  }
  EXPECT_THROW(with_memory_errors([] { throw std::out_of_range("else"); }), std::out_of_range);
  int ran = 0;
  with_memory_errors([&] { ++ran; });
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace unmask
