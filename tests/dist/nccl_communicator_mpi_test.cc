#include "dist/nccl_communicator.h"

#include <gtest/gtest.h>

#include <cuda_runtime_api.h>
#include <nccl.h>

#include "dist/agreement.h"
#include "dist/gpus.h"
#include "tests/dist/communicator_conformance.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

/// REQUIRES: a GPU.
template <class T>
std::vector<T> summed_on_device(Communicator& communicator, const std::vector<T>& mine) {
  T* memory = nullptr;
  EXPECT_EQ(cudaMalloc(reinterpret_cast<void**>(&memory), mine.size() * sizeof(T)), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(memory, mine.data(), mine.size() * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
  communicator.all_reduce_sum(std::span(memory, mine.size()));
  std::vector<T> result(mine.size());
  EXPECT_EQ(cudaMemcpy(result.data(), memory, mine.size() * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
  cudaFree(memory);
  return result;
}

TEST(NcclCommunicator, IsCompiledByTheHeadersOfTheLibrariesThatItCalls) {
  int cuda = 0, nccl = 0;
  EXPECT_EQ(cudaRuntimeGetVersion(&cuda), cudaSuccess);
  EXPECT_EQ(cuda, CUDART_VERSION);
  EXPECT_EQ(ncclGetVersion(&nccl), ncclSuccess);
  EXPECT_EQ(nccl, NCCL_VERSION_CODE);
}

TEST(NcclCommunicator, SumsInDeviceMemoryOrSaysOnAllRanksWhyItCannot) {
  if (look_for_gpus().usable < mpi_world().world()) {
    std::string error;
    try {
      make_nccl_communicator(mpi_world(), {.timeout_s = 20});
    } catch (const AgreedError& agreed) {
      error = agreed.what();
    }
    const char* expected =
        look_for_gpus().usable == 0 ? "NCCL cannot start: cudaGetDeviceCount on rank 0" : "ncclCommInitRankConfig";
    EXPECT_NE(error.find(expected), std::string::npos) << error;
    conformance::ranks_are_numbered(mpi_world());  // the ranks are still in step
    return;
  }
  const int rank = mpi_world().rank(), world = mpi_world().world();
  const auto communicator = make_nccl_communicator(mpi_world(), {.local_rank = rank});
  EXPECT_EQ(
      summed_on_device<std::int64_t>(*communicator, std::vector<std::int64_t>(5000, (std::int64_t{1} << 40) + rank)),
      std::vector<std::int64_t>(5000, (std::int64_t{1} << 40) * world + world * (world - 1) / 2));
  EXPECT_EQ(summed_on_device<float>(*communicator, std::vector<float>(17, 0.5f)),
            std::vector<float>(17, 0.5f * float(world)));
  conformance::all_gather_takes_differing_lengths(*communicator);
  conformance::texts_travel_whole(*communicator);
  communicator->close();
  EXPECT_NE(conformance::error_of([&] { communicator->barrier(); }).find("closed"), std::string::npos);
}

}  // namespace
}  // namespace unmask
