#include "dist/communicator.h"

#include <gtest/gtest.h>

#include "dist/thread_communicator.h"
#include "tests/dist/communicator_conformance.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

class LoopbackConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(LoopbackConformance, Holds) { GetParam().check(*make_loopback_communicator()); }
INSTANTIATE_TEST_SUITE_P(Promises, LoopbackConformance, testing::ValuesIn(conformance::kPromises),
                         conformance::name_of);

class ThreadConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(ThreadConformance, HoldsForOneToFourRanks) {
  for (int world = 1; world <= 4; ++world) run_ranks(world, {}, GetParam().check);
}
INSTANTIATE_TEST_SUITE_P(Promises, ThreadConformance, testing::ValuesIn(conformance::kPromises), conformance::name_of);

TEST(ThreadCommunicator, NamesRanksThatBringDifferingSizes) {
  run_ranks(3, {}, [](Communicator& communicator) {
    std::vector<std::int64_t> values(communicator.rank() == 2 ? 4 : 3);
    const std::string error = conformance::error_of([&] { communicator.all_reduce_sum(std::span(values)); });
    EXPECT_NE(error.find("3 on rank 0, 4 on rank 2"), std::string::npos) << error;
  });
}

TEST(ThreadCommunicator, NamesRanksThatCallDifferentOperations) {
  run_ranks(2, {}, [](Communicator& communicator) {
    std::vector<float> values(3);
    const std::string error = conformance::error_of([&] {
      if (communicator.rank() == 0) communicator.barrier();
      communicator.all_reduce_sum(std::span(values));
    });
    EXPECT_NE(error.find("rank 0 calls barrier, rank 1 calls all_reduce_sum(float)"), std::string::npos) << error;
  });
}

TEST(ThreadCommunicator, FailsWhereItIsToldToAndTellsThePeers) {
  run_ranks(3, {.fault = ThreadFault{.rank = 1, .operation = 2, .text = "cable pulled"}},
            [](Communicator& communicator) {
              communicator.barrier();
              communicator.barrier();
              const std::string error = conformance::error_of([&] { communicator.barrier(); });
              EXPECT_NE(error.find("rank 1 failed: cable pulled"), std::string::npos) << error;
              EXPECT_NE(conformance::error_of([&] { communicator.barrier(); }), "");
            });
}

TEST(ThreadCommunicator, DoesNotWaitForEverForARankThatNeverComes) {
  run_ranks(2, {.fault = {}, .timeout_s = 0.05}, [](Communicator& communicator) {
    if (communicator.rank() == 1) return;
    const std::string error = conformance::error_of([&] { communicator.barrier(); });
    EXPECT_NE(error.find("did not come to barrier"), std::string::npos) << error;
  });
}

}  // namespace
}  // namespace unmask
