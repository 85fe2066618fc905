// main of every MPI test: asserts the world that CTest asked for; the exit code is the largest over ranks.
#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  int world = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &world);
  const char* expected = std::getenv("UNMASK_EXPECT_WORLD");
  int failed = 1;
  if (expected == nullptr || std::to_string(world) != expected) {
    std::fprintf(stderr, "world is %d, CTest asked for %s\n", world, expected == nullptr ? "nothing" : expected);
  } else {
    testing::InitGoogleTest(&argc, argv);
    failed = RUN_ALL_TESTS();
  }
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return failed;
}
