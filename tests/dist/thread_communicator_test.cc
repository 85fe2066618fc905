#include "dist/thread_communicator.h"

#include <gtest/gtest.h>

#include "tests/dist/communicator_conformance.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

class ThreadCommunicatorConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(ThreadCommunicatorConformance, HoldsForOneToFourRanks) {
  for (int world = 1; world <= 4; ++world) run_ranks(world, {}, GetParam().check);
}
INSTANTIATE_TEST_SUITE_P(Promises, ThreadCommunicatorConformance, testing::ValuesIn(conformance::kPromises),
                         conformance::name_of);

class ThreadCommunicatorDeath : public testing::TestWithParam<conformance::Death> {};

std::string sum_on(const Communicator& communicator) {
  return "all_reduce_sum(int64) on rank " + std::to_string(communicator.rank()) + " of " +
         std::to_string(communicator.world()) + ": ";
}

TEST_P(ThreadCommunicatorDeath, FailsTheCollectivesOfAllOthersWithItsReason) {
  for (int world = 2; world <= 4; ++world) {
    // Counted: the barrier, then the sums.
    const auto fault = GetParam() == conformance::Death::kIn
                           ? std::optional(ThreadFault{.rank = world - 1, .operation = 3, .text = "struck"})
                           : std::nullopt;
    run_ranks(world, {.fault = fault}, [](Communicator& communicator) {
      const int victim = communicator.world() - 1;
      const std::string error = conformance::outlive(communicator, GetParam(), [&] {
        if (GetParam() != conformance::Death::kIn) communicator.abort("struck");
      });
      if (communicator.rank() == victim) return;
      EXPECT_TRUE(error.starts_with(sum_on(communicator) + "rank " + std::to_string(victim))) << error;
      EXPECT_NE(error.find("struck"), std::string::npos) << error;
    });
  }
}

class ThreadCommunicatorSilence : public testing::TestWithParam<conformance::Death> {};

TEST_P(ThreadCommunicatorSilence, EndsTheOthersAtTheDeadline) {
  for (int world = 2; world <= 4; ++world) {
    run_ranks(world, {.fault = {}, .timeout_s = 0.2}, [](Communicator& communicator) {
      struct Gone {};
      try {
        const std::string error = conformance::outlive(communicator, GetParam(), [] { throw Gone{}; });
        EXPECT_NE(error.find("did not come to all_reduce_sum(int64) in time"), std::string::npos) << error;
        EXPECT_TRUE(error.starts_with(sum_on(communicator))) << error;
      } catch (const Gone&) {
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Moments, ThreadCommunicatorDeath,
                         testing::Values(conformance::Death::kBefore, conformance::Death::kIn,
                                         conformance::Death::kAfter));
// A thread can't vanish inside a call.
INSTANTIATE_TEST_SUITE_P(Moments, ThreadCommunicatorSilence,
                         testing::Values(conformance::Death::kBefore, conformance::Death::kAfter));

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
