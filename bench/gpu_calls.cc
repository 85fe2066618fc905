// Counts what a process asks of CUDA, by CUPTI. The driver loads it into each process that uses a GPU where
// CUDA_INJECTION64_PATH names it; at the process's end a line of JSON goes to the end of the file UNMASK_GPU_CALLS:
//   {"launches":81234,"waits":420,"copies":1290,"allocations":312}
#include <cupti.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "bench/gpu_call.h"

namespace unmask {
namespace {

std::array<std::atomic<long>, kGpuCallWords.size()> counts;
thread_local int in_runtime = 0;  // the driver's calls in there are the runtime's own

void count(void*, CUpti_CallbackDomain domain, CUpti_CallbackId, const void* told) {
  const auto* call = static_cast<const CUpti_CallbackData*>(told);
  const bool enters = call->callbackSite == CUPTI_API_ENTER, is_runtime = domain == CUPTI_CB_DOMAIN_RUNTIME_API;
  if (is_runtime) in_runtime += enters ? 1 : -1;
  if (!enters || in_runtime > (is_runtime ? 1 : 0)) return;
  if (const auto kind = gpu_call(call->functionName)) ++counts[static_cast<std::size_t>(*kind)];
}

void tell() {
  const char* path = std::getenv("UNMASK_GPU_CALLS");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "a");
  if (file == nullptr) return;
  for (std::size_t i = 0; i < counts.size(); ++i)
    std::fprintf(file, "%s\"%s\":%ld", i == 0 ? "{" : ",", kGpuCallWords[i], counts[i].load());
  std::fprintf(file, "}\n");
  std::fclose(file);
}

}  // namespace
}  // namespace unmask

/// The driver calls it when CUDA starts. 0: it could not.
extern "C" int InitializeInjection() {
  CUpti_SubscriberHandle subscriber{};
  const bool started = cuptiSubscribe(&subscriber, unmask::count, nullptr) == CUPTI_SUCCESS &&
                       cuptiEnableDomain(1, subscriber, CUPTI_CB_DOMAIN_RUNTIME_API) == CUPTI_SUCCESS &&
                       cuptiEnableDomain(1, subscriber, CUPTI_CB_DOMAIN_DRIVER_API) == CUPTI_SUCCESS;
  if (!started) {
    std::fprintf(stderr, "gpu_calls: CUPTI can't be had: nothing is counted\n");
    return 0;
  }
  std::atexit(unmask::tell);
  return 1;
}
