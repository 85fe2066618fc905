// What stands on any Communicator. What each backend owes is in communicator_conformance.h, and checked by its test.
#include "dist/communicator.h"

#include <gtest/gtest.h>

#include "tests/dist/communicator_conformance.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

TEST(CommunicatorTest, TextsAreThoseOfTheRootAndOfEachRank) {
  run_ranks(3, {}, [](Communicator& communicator) {
    const std::string mine = "rank " + std::to_string(communicator.rank());
    EXPECT_EQ(broadcast_text(communicator, mine), "rank 0");
    EXPECT_EQ(broadcast_text(communicator, mine, 2), "rank 2");
    EXPECT_EQ(all_gather_text(communicator, mine), (std::vector<std::string>{"rank 0", "rank 1", "rank 2"}));
  });
}

TEST(CommunicatorTest, ARootOutsideTheWorldIsNamedBeforeAnyRankWaits) {
  run_ranks(2, {}, [](Communicator& communicator) {
    for (const int root : {-1, 2}) {
      EXPECT_EQ(conformance::error_of([&] { broadcast_text(communicator, "x", root); }),
                "broadcast_text on rank " + std::to_string(communicator.rank()) + ": root is " + std::to_string(root) +
                    ", but the world has ranks 0 to 1");
    }
    communicator.barrier();  // still of use
  });
}

}  // namespace
}  // namespace unmask
