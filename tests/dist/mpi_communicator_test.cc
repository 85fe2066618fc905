#include "dist/mpi_communicator.h"

#include <array>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/dist/communicator_conformance.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

class MpiCommunicatorConformance : public testing::TestWithParam<conformance::NamedPromise> {};

TEST_P(MpiCommunicatorConformance, Holds) { GetParam().check(mpi_world()); }

TEST_P(MpiCommunicatorConformance, HoldsWithSmallChunks) {
  const auto communicator = MpiCommunicator::duplicate_of(MPI_COMM_WORLD, {.max_count = 100});
  GetParam().check(*communicator);
  communicator->close();
}

INSTANTIATE_TEST_SUITE_P(Promises, MpiCommunicatorConformance, testing::ValuesIn(conformance::kPromises),
                         conformance::name_of);

TEST(MpiCommunicator, HasTheSizeCTestAskedFor) {
  EXPECT_EQ(std::to_string(mpi_world().world()), std::getenv("UNMASK_EXPECT_WORLD"));
}

TEST(MpiCommunicator, GoesOnInStepAfterItRefusedDifferingSizes) {
  const auto communicator = MpiCommunicator::duplicate_of(MPI_COMM_WORLD);
  const bool is_odd = communicator->rank() == 1;
  std::vector<std::int64_t> values(is_odd ? 4 : 3);
  const std::string error = conformance::error_of([&] { communicator->all_reduce_sum(std::span(values)); });
  if (communicator->world() > 1) {
    EXPECT_NE(error.find(std::string(is_odd ? "4" : "3") + " here, 3 to 4 over all ranks"), std::string::npos) << error;
  }
  conformance::integers_sum_exactly(*communicator);
  communicator->close();
}

TEST(MpiCommunicator, TurnsAnErrorOfMpiIntoTextWithOperationRankAndReason) {
  const auto communicator = MpiCommunicator::duplicate_of(MPI_COMM_WORLD);
  std::array<std::int64_t, 1> value{};
  MPI_Comm raw = MPI_COMM_NULL;
  ASSERT_EQ(MPI_Comm_dup(MPI_COMM_WORLD, &raw), MPI_SUCCESS);
  MpiCommunicator own(raw, {});
  // A rank outside the world: the error comes back, the job lives on.
  const std::string error = conformance::error_of(
      [&] { check_mpi(MPI_Send(value.data(), 1, MPI_INT64_T, 1000, 0, raw), "MPI_Send", own.rank(), own.world()); });
  EXPECT_NE(error.find("MPI_Send on rank " + std::to_string(own.rank()) + " of " + std::to_string(own.world())),
            std::string::npos);
  EXPECT_NE(error.find("MPI_ERR_RANK"), std::string::npos) << error;
  own.close();
  communicator->close();
}

TEST(MpiCommunicator, SaysSoWhenDroppedWithoutCloseAndDoesNotWaitForPeers) {
  testing::internal::CaptureStderr();
  mpi_world().duplicate();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("dropped without close()"), std::string::npos);
  mpi_world().barrier();
}

}  // namespace
}  // namespace unmask
