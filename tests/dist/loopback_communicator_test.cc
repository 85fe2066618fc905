#include "dist/loopback_communicator.h"

#include <gtest/gtest.h>

#include "tests/dist/communicator_conformance.h"

namespace unmask {
namespace {

class LoopbackCommunicatorConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(LoopbackCommunicatorConformance, Holds) { GetParam().check(*make_loopback_communicator()); }
INSTANTIATE_TEST_SUITE_P(Promises, LoopbackCommunicatorConformance, testing::ValuesIn(conformance::kPromises),
                         conformance::name_of);

TEST(LoopbackCommunicator, IsRankZeroOfOneAndLeavesSumsAsTheyAre) {
  const auto communicator = make_loopback_communicator();
  EXPECT_EQ(communicator->rank(), 0);
  EXPECT_EQ(communicator->world(), 1);
  std::vector<std::int64_t> values{3, -4};
  communicator->all_reduce_sum(std::span(values));
  EXPECT_EQ(values, (std::vector<std::int64_t>{3, -4}));
}

}  // namespace
}  // namespace unmask
