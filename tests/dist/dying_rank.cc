// A job whose last rank kills itself: mpirun -n N dying_rank before|in|after|grouped. Run by communicator_death_test.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "dist/mpi_runtime.h"
#include "tests/dist/communicator_conformance.h"

namespace {

using unmask::conformance::Death;

/// Its group ends, a new one is made of those that live, messages still arrive, and MPI is left in order.
void die_in_a_group(unmask::MpiRuntime& runtime) {
  const auto network = runtime.network();
  const int last = network->world() - 1;
  std::vector<int> members(static_cast<std::size_t>(network->world()));
  std::iota(members.begin(), members.end(), 0);
  const auto all = network->make_group(members, 1);
  if (network->rank() == last) kill(getpid(), SIGKILL);
  std::array<std::int64_t, 1> sum{1};
  try {
    while (true) all->all_reduce_sum(std::span<std::int64_t>(sum));
  } catch (const unmask::PeerLost& lost) {
    all->abort(lost.what());
  }
  while (network->lost().empty()) network->poll(unmask::RankNetwork::Box::kWorker);
  members.pop_back();
  const auto living = network->make_group(members, 2, /*ranks_died=*/true);
  sum[0] = 1;
  living->all_reduce_sum(std::span<std::int64_t>(sum));
  living->close();
  network->send(last, unmask::RankNetwork::Box::kWorker, "to nobody");
  network->send(0, unmask::RankNetwork::Box::kCoordinator, "from " + std::to_string(network->rank()));
  int messages = 0;
  while (network->rank() == 0 && messages < last)
    messages += network->poll(unmask::RankNetwork::Box::kCoordinator) ? 1 : 0;
  network->close();
  const auto world = runtime.living();
  std::printf("survivor: lost rank %d, the sum of the others is %ld, %d messages, world %d\n", network->lost().front(),
              static_cast<long>(sum[0]), messages, world->world());
  world->close();
}

}  // namespace

int main(int count, char** words) {
  unmask::MpiRuntime runtime(&count, &words);
  const std::string when = count == 2 ? words[1] : "";
  const auto world = runtime.world();
  std::printf("process %d\n", getpid());
  std::fflush(stdout);
  world->barrier();  // all have said so
  if (when == "grouped") {
    die_in_a_group(runtime);
    world->abort("a rank died");
    std::fflush(stdout);
    // MPI_Finalize may hang where ranks have died; the program has its CloseTimer for that.
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::seconds(3));
      _exit(0);
    }).detach();
    return 0;
  }
  const Death death = when == "before" ? Death::kBefore : when == "in" ? Death::kIn : Death::kAfter;
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
