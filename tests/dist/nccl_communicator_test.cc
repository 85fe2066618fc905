// The logic of NcclCommunicator without a GPU: over a fake NCCL in host memory. What only a GPU shows is in
// nccl_communicator_mpi_test.cc.
#include "dist/nccl_communicator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "dist/agreement.h"
#include "tests/dist/communicator_conformance.h"
#include "tests/support/fake_nccl.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

using test_support::fake_nccl;

void run_nccl_ranks(int world, double timeout_s, const std::function<void(Communicator&)>& body) {
  run_ranks(world, {}, [&](Communicator& host) {
    const auto communicator = make_nccl_communicator(host, {.local_rank = host.rank(), .timeout_s = timeout_s});
    body(*communicator);
    communicator->close();
  });
  EXPECT_EQ(fake_nccl().live_communicators, 0);
  EXPECT_EQ(fake_nccl().live_streams, 0);
}

class NcclCommunicatorConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(NcclCommunicatorConformance, HoldsForOneToFourRanks) {
  for (int world = 1; world <= 4; ++world) run_nccl_ranks(world, 20, GetParam().check);
}
/// All but one: it leaves the comparison of sizes to GradientReducer.
std::vector<conformance::NamedPromise> promises() {
  std::vector<conformance::NamedPromise> all(std::begin(conformance::kPromises), std::end(conformance::kPromises));
  std::erase_if(all,
                [](const auto& one) { return one.check == conformance::differing_sizes_are_refused_with_both_named; });
  return all;
}
INSTANTIATE_TEST_SUITE_P(Promises, NcclCommunicatorConformance, testing::ValuesIn(promises()), conformance::name_of);

class NcclCommunicatorDeath : public testing::TestWithParam<conformance::Death> {};

/// NCCL doesn't tell that a peer has gone: the deadline does.
TEST_P(NcclCommunicatorDeath, EndsTheOthersAtTheDeadlineWithTheCallThatWaits) {
  for (int world = 2; world <= 3; ++world) {
    run_nccl_ranks(world, 2, [](Communicator& communicator) {
      const bool is_victim = communicator.rank() == communicator.world() - 1;
      const std::string error = conformance::outlive(
          communicator, GetParam(), [&] { communicator.abort("its device fell off the bus"); },
          /*elements=*/100);  // sums that succeed take nothing of the two seconds
      EXPECT_TRUE(error.starts_with("all_reduce_sum(int64) on rank " + std::to_string(communicator.rank()) + " of " +
                                    std::to_string(communicator.world())))
          << error;
      EXPECT_NE(error.find(is_victim ? "its device fell off the bus" : "silent for 2"), std::string::npos) << error;
      conformance::every_call_throws(communicator, is_victim ? "fell off the bus" : "silent for 2");
    });
  }
}
INSTANTIATE_TEST_SUITE_P(Moments, NcclCommunicatorDeath,
                         testing::Values(conformance::Death::kBefore, conformance::Death::kAfter));

TEST(NcclCommunicator, AnErrorInTheBackgroundEndsAllSumsWithNcclsWordsAndTheHostsCallsGoOn) {
  run_nccl_ranks(2, 20, [](Communicator& communicator) {
    std::vector<float> values(3);
    communicator.all_reduce_sum(std::span(values));
    communicator.barrier();
    fake_nccl().async_error = true;
    const std::string error = conformance::error_of([&] { communicator.all_reduce_sum(std::span(values)); });
    EXPECT_NE(error.find("NCCL: remote process exited or there was a network error: the fake's last words"),
              std::string::npos)
        << error;
    EXPECT_THROW(communicator.all_reduce_sum(std::span(values)), DeviceLost);
    EXPECT_EQ(fake_nccl().live_communicators + fake_nccl().live_streams > 2, false) << "this rank's are gone";
    EXPECT_EQ(all_gather_text(communicator, "well"), (std::vector<std::string>{"well", "well"}));
    communicator.raise_alarm();
  });
  fake_nccl().async_error = false;
}

TEST(NcclCommunicator, AnInterruptEndsACallThatWaitsForAPeerAndLeavesNothingOnTheDevice) {
  run_nccl_ranks(2, 60, [](Communicator& communicator) {
    if (communicator.rank() == 1) return communicator.abort("never came");
    std::vector<std::int64_t> values(3);
    std::thread watch([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      communicator.interrupt();
    });
    EXPECT_THROW(communicator.all_reduce_sum(std::span(values)), PeerLost);
    watch.join();
    EXPECT_EQ(fake_nccl().live_communicators + fake_nccl().live_streams, 0);
    conformance::every_call_throws(communicator, "it was interrupted");
  });
}

/// What all ranks throw alike.
std::string start_error(Communicator& host, const NcclCommunicatorOptions& options) {
  try {
    make_nccl_communicator(host, options)->close();
  } catch (const AgreedError& error) {
    return error.what();
  }
  return "";
}

TEST(NcclCommunicator, AStartThatFailsOnOneRankIsAgreedAndTheHostsCommunicatorIsWell) {
  for (int failing = 0; failing < 3; ++failing) {
    fake_nccl().no_start_on = failing;
    run_ranks(3, {}, [&](Communicator& host) {
      const std::string error = start_error(host, {.local_rank = host.rank(), .timeout_s = 3});
      EXPECT_NE(error.find("ncclCommInitRankConfig on rank " + std::to_string(failing) + " of 3: NCCL: "),
                std::string::npos)
          << error;
      conformance::ranks_are_numbered(host);
    });
    EXPECT_EQ(fake_nccl().live_communicators + fake_nccl().live_streams, 0);
  }
  fake_nccl().no_start_on = -1;
}

TEST(NcclCommunicator, SaysOnAllRanksThatOneHasNoGpu) {
  fake_nccl().no_gpu = true;
  run_ranks(3, {}, [](Communicator& host) {
    const std::string error = start_error(host, {});
    for (const char* rank : {"rank 0 of 3", "rank 1 of 3", "rank 2 of 3"}) {
      EXPECT_NE(error.find(std::string("cudaGetDeviceCount on ") + rank + ": no CUDA-capable device"),
                std::string::npos)
          << error;
    }
    conformance::ranks_are_numbered(host);
  });
  fake_nccl().no_gpu = false;
  EXPECT_EQ(fake_nccl().live_communicators + fake_nccl().live_streams, 0);
}

}  // namespace
}  // namespace unmask
