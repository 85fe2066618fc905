// bench/gpu_calls.cc without a GPU: the test calls it as the driver and CUPTI do.
#include <cupti.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include "bench/gpu_call.h"
#include "tests/support/temporary_folder.h"

extern "C" int InitializeInjection();

namespace {

CUpti_CallbackFunc callback = nullptr;
std::set<CUpti_CallbackDomain> domains;

}  // namespace

extern "C" CUptiResult cuptiSubscribe(CUpti_SubscriberHandle*, CUpti_CallbackFunc function, void*) {
  callback = function;
  return CUPTI_SUCCESS;
}
extern "C" CUptiResult cuptiEnableDomain(std::uint32_t, CUpti_SubscriberHandle, CUpti_CallbackDomain domain) {
  domains.insert(domain);
  return CUPTI_SUCCESS;
}

namespace unmask {
namespace {

std::string word_of(const char* name) {
  const auto call = gpu_call(name);
  return call ? kGpuCallWords[static_cast<std::size_t>(*call)] : "";
}

TEST(GpuCallsTest, NamesOfBothApisAreTold) {
  for (const char* name : {"cudaLaunchKernel_v7000", "cudaLaunchKernelExC_v11060", "cuLaunchKernel", "cuLaunchKernelEx",
                           "cudaGraphLaunch_v10000", "cuGraphLaunch", "cudaMemsetAsync_v3020", "cuMemsetD8Async"}) {
    EXPECT_EQ(word_of(name), "launches") << name;
  }
  for (const char* name : {"cudaStreamSynchronize_v3020", "cuEventSynchronize", "cudaDeviceSynchronize_v3020",
                           "cuCtxSynchronize_v2", "cudaMemcpy_v3020", "cuMemcpyDtoH_v2"}) {
    EXPECT_EQ(word_of(name), "waits") << name;
  }
  for (const char* name : {"cudaMemcpyAsync_v3020", "cuMemcpyDtoHAsync_v2", "cuMemcpyHtoDAsync_v2_ptsz"})
    EXPECT_EQ(word_of(name), "copies") << name;
  for (const char* name : {"cudaMalloc_v3020", "cudaMallocAsync_v11020", "cudaHostAlloc_v3020", "cuMemAlloc_v2",
                           "cuMemHostAlloc_v2", "cuMemCreate"}) {
    EXPECT_EQ(word_of(name), "allocations") << name;
  }
  for (const char* name : {"cudaGetDevice_v3020", "cuLaunchHostFunc", "cudaLaunchHostFunc_v10000", "cuStreamQuery",
                           "cudaFree_v3020", "cuMemFree_v2", "cuMemHostGetFlags", "cudaStreamWaitEvent_v3020", ""}) {
    EXPECT_EQ(word_of(name), "") << name;
  }
}

void call(
    CUpti_CallbackDomain domain, const char* name, const std::function<void()>& within = [] {}) {
  CUpti_CallbackData told{};
  told.functionName = name;
  told.callbackSite = CUPTI_API_ENTER;
  callback(nullptr, domain, 0, &told);
  within();
  told.callbackSite = CUPTI_API_EXIT;
  callback(nullptr, domain, 0, &told);
}

/// In a process of its own, which tells at its end.
TEST(GpuCallsTest, ACallOfTheRuntimeCountsOnceWhateverTheDriverIsAskedIn) {
  constexpr auto kRuntime = CUPTI_CB_DOMAIN_RUNTIME_API, kDriver = CUPTI_CB_DOMAIN_DRIVER_API;
  const test_support::TemporaryFolder folder;
  ::setenv("UNMASK_GPU_CALLS", (folder / "calls").c_str(), 1);
  const auto work = [&] {
    if (InitializeInjection() != 1 || domains != std::set{kRuntime, kDriver}) std::exit(1);
    call(kRuntime, "cudaLaunchKernel_v7000", [&] { call(kDriver, "cuLaunchKernel"); });
    call(kDriver, "cuLaunchKernelEx");
    call(kRuntime, "cudaMemcpy_v3020", [&] { call(kDriver, "cuMemcpyDtoHAsync_v2"); });
    call(kRuntime, "cudaMemcpyAsync_v3020");
    call(kRuntime, "cudaGetDevice_v3020");
    call(kRuntime, "cudaMalloc_v3020");
    std::exit(0);
  };
  EXPECT_EXIT(work(), testing::ExitedWithCode(0), "");
  std::string line;
  std::ifstream(folder / "calls") >> line;
  EXPECT_EQ(line, R"({"launches":2,"waits":1,"copies":1,"allocations":1})");
}

}  // namespace
}  // namespace unmask
