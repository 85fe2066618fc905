// main of a test that runs on several ranks: every rank runs every test. The world must be what CTest asked for, and
// the exit code is the worst of all ranks. A rank that fails alone may leave its peers inside a collective,
// so it ends the job soon.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

std::unique_ptr<Communicator> the_world;
MpiRuntime* the_runtime = nullptr;

class FailureReport : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "rank %d of %d: %s:%d: %s\n", the_world->rank(), the_world->world(),
                 result.file_name() != nullptr ? result.file_name() : "?", result.line_number(), result.message());
    alarm(20);
  }
};

int run_tests() {
  const char* expected = std::getenv("UNMASK_EXPECT_WORLD");
  if (expected == nullptr || std::to_string(the_world->world()) != expected) {
    std::fprintf(stderr, "the world has %d ranks, UNMASK_EXPECT_WORLD is %s\n", the_world->world(),
                 expected != nullptr ? expected : "not set");
    return 1;
  }
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (the_world->rank() != 0) delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new FailureReport);
  const bool failed = RUN_ALL_TESTS() != 0 || testing::UnitTest::GetInstance()->successful_test_count() == 0;
  std::int64_t failures = failed ? 1 : 0;
  the_world->all_reduce_sum(std::span(&failures, 1));
  the_world->close();
  return failures == 0 ? 0 : 1;
}

}  // namespace

Communicator& mpi_world() { return *the_world; }
MpiRuntime& mpi_runtime() { return *the_runtime; }
std::unique_ptr<RankNetwork> mpi_network() { return the_runtime->network(); }

}  // namespace unmask

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  unmask::MpiRuntime runtime(&argc, &argv);
  unmask::the_world = runtime.world();
  unmask::the_runtime = &runtime;
  try {
    return unmask::run_tests();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", unmask::the_world->rank(), error.what());
    runtime.abort(1);
  }
}
