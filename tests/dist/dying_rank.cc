// A job whose last rank kills itself: mpirun -n N dying_rank before|in|after. Run by communicator_death_test.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "dist/mpi_runtime.h"
#include "tests/dist/communicator_conformance.h"

using unmask::conformance::Death;

int main(int count, char** words) {
  unmask::MpiRuntime runtime(&count, &words);
  const std::string when = count == 2 ? words[1] : "";
  const Death death = when == "before" ? Death::kBefore : when == "in" ? Death::kIn : Death::kAfter;
  const auto world = runtime.world();
  std::printf("process %d\n", getpid());
  std::fflush(stdout);
  world->barrier();  // all have said so
  const std::string error = unmask::conformance::outlive(*world, death, [&] {
    if (death != Death::kIn) kill(getpid(), SIGKILL);
    // Nearly all of the time from here on is spent inside sums; the job must end whatever the moment.
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      kill(getpid(), SIGKILL);
    }).detach();
  });
  std::printf("survivor: %s\n", error.c_str());
  std::fflush(stdout);
  _exit(7);  // an MPI that lets survivors go on has told them
}
