// Sums over ranks: our Communicator beside MPI_Allreduce of the same bytes, in turns.
// Checks the sums before it times them.
//   mpirun -n 2 bench_all_reduce [SECONDS [REPEATS [BYTES...]]]     rank zero prints a JSON line a type and size
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "dist/mpi_communicator.h"
#include "dist/mpi_runtime.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  double seconds = 0.05;  // a repeat of one way lasts about so long
  int repeats = 5;
  std::vector<std::size_t> bytes{64 << 10, 1 << 20, 8 << 20, 45'000'000, 90'000'000};
};

/// One way to sum, and its seconds a call in each repeat.
struct Way {
  const char* name;
  std::function<void()> sum;
  std::vector<double> seconds;
};

template <class T>
class Bench {
 public:
  Bench(const Plan& plan, std::size_t bytes, MPI_Datatype type, const char* type_name)
      : plan_(plan), type_(type), type_name_(type_name), values_(bytes / sizeof(T)) {
    check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &raw_), "MPI_Comm_dup");
    ours_->compare_sizes(false);  // as for gradients
    ways_ = {{"unmask", [this] { ours_->all_reduce_sum(std::span(values_)); }, {}},
             {"compared", [this] { comparing_->all_reduce_sum(std::span(values_)); }, {}},
             {"mpi",
              [this] {
                MPI_Allreduce(MPI_IN_PLACE, values_.data(), static_cast<int>(values_.size()), type_, MPI_SUM, raw_);
              },
              {}}};
  }

  void run() {
    for (Way& way : ways_) require_right_sum(way);
    // Sums of zeros stay zeros, whatever the number of calls.
    std::ranges::fill(values_, T{});
    const int calls = calls_a_repeat();
    for (int i = 0; i < plan_.repeats; ++i) {
      for (std::size_t w = 0; w < ways_.size(); ++w) {
        Way& way = ways_[i % 2 == 0 ? w : ways_.size() - 1 - w];
        way.seconds.push_back(seconds_of(way, calls));
      }
    }
    if (ours_->rank() == 0) print();
    ours_->close();
    comparing_->close();
    check_mpi(MPI_Comm_free(&raw_), "MPI_Comm_free");
  }

 private:
  void require_right_sum(Way& way) {
    const auto world = static_cast<std::size_t>(ours_->world()), rank = static_cast<std::size_t>(ours_->rank());
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = static_cast<T>((rank + 1) * (i % 1000));
    way.sum();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] != static_cast<T>(world * (world + 1) / 2 * (i % 1000))) {
        throw std::runtime_error(std::string(way.name) + ": element " + std::to_string(i) + " of " +
                                 std::to_string(values_.size()) + " " + type_name_ + " is a wrong sum");
      }
    }
  }

  double seconds_of(Way& way, int calls) {
    way.sum();
    MPI_Barrier(raw_);
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) way.sum();
    return std::chrono::duration<double>(Clock::now() - start).count() / calls;
  }

  /// The same on all ranks and for all ways.
  int calls_a_repeat() {
    seconds_of(ways_.back(), 1);
    int calls = std::clamp(static_cast<int>(plan_.seconds / seconds_of(ways_.back(), 3)), 1, 100000);
    MPI_Bcast(&calls, 1, MPI_INT, 0, raw_);
    return calls;
  }

  void print() const {
    std::printf("{\"world\": %d, \"type\": \"%s\", \"bytes\": %zu", ours_->world(), type_name_,
                values_.size() * sizeof(T));
    for (const Way& way : ways_) {
      std::printf(", \"%s\": [", way.name);
      for (std::size_t i = 0; i < way.seconds.size(); ++i) std::printf("%s%.9f", i == 0 ? "" : ", ", way.seconds[i]);
      std::printf("]");
    }
    std::printf("}\n");
    std::fflush(stdout);
  }

  const Plan& plan_;
  MPI_Datatype type_;
  const char* type_name_;
  std::vector<T> values_;
  std::unique_ptr<MpiCommunicator> ours_ = MpiCommunicator::duplicate_of(MPI_COMM_WORLD),
                                   comparing_ = MpiCommunicator::duplicate_of(MPI_COMM_WORLD);
  MPI_Comm raw_ = MPI_COMM_NULL;
  std::vector<Way> ways_;
};

void run(int count, char** words) {
  Plan plan;
  if (count > 1) plan.seconds = std::stod(words[1]);
  if (count > 2) plan.repeats = std::stoi(words[2]);
  if (count > 3) plan.bytes.clear();
  for (int i = 3; i < count; ++i) plan.bytes.push_back(std::stoul(words[i]));
  for (const std::size_t bytes : plan.bytes) {
    Bench<float>(plan, bytes, MPI_FLOAT, "float").run();
    Bench<std::int64_t>(plan, bytes, MPI_INT64_T, "int64").run();
  }
}

}  // namespace
}  // namespace unmask

int main(int count, char** words) {
  unmask::MpiRuntime runtime(&count, &words);
  try {
    unmask::run(count, words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_all_reduce: %s\n", error.what());
    runtime.abort(1);
  }
  return 0;
}
