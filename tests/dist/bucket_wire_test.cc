#include "dist/bucket_wire.h"

#include <functional>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "dist/host_sums.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

/// Writes down each sum that it is asked for: "3 integers", "2 floats".
class WrittenDown final : public Communicator {
 public:
  std::vector<std::string> sums;
  bool compares = true;
  std::function<void()> before_sum = [] {};

  int rank() const noexcept override { return 0; }
  int world() const noexcept override { return 2; }
  void all_reduce_sum(std::span<std::int64_t> values) override { note(values.size(), " integers"); }
  void all_reduce_sum(std::span<float> values) override { note(values.size(), " floats"); }
  void compare_sizes(bool compare) override { compares = compare; }
  void broadcast(std::span<std::byte>, int) override {}
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte>) override { return {}; }
  void barrier() override {}
  std::unique_ptr<Communicator> duplicate() override { return nullptr; }
  void close() override {}
  void abort(const std::string&) override {}

 private:
  void note(std::size_t size, const char* what) {
    before_sum();
    sums.push_back(std::to_string(size) + what + (compares ? ", sizes compared" : ""));
  }
};

/// Buckets of 3, 2 and 4 elements, and two control words.
std::unique_ptr<BucketWire> wire_over(Communicator& communicator, bool as_float = false) {
  const StepSumsPlan plan{.elements = 9, .tensors = 1, .buckets = 3, .control_words = 2, .as_float = as_float};
  auto wire = std::make_unique<BucketWire>(std::vector<std::int64_t>{3, 5, 9}, 2, make_host_sums(plan));
  wire->communicator = &communicator;
  return wire;
}

TEST(BucketWire, TheControlWordsTravelBehindTheLastBucketAndSizesAreNotComparedAgain) {
  WrittenDown communicator;
  const auto wire = wire_over(communicator);
  for (std::size_t bucket = 0; bucket < 3; ++bucket) wire->reduce(bucket);
  EXPECT_EQ(communicator.sums, (std::vector<std::string>{"3 integers", "2 integers", "6 integers"}));
  EXPECT_TRUE(communicator.compares) << "others who use the communicator still want it";
}

TEST(BucketWire, BesideFloatsTheControlWordsAreASumOfTheirOwn) {
  WrittenDown communicator;
  const auto wire = wire_over(communicator, /*as_float=*/true);
  for (std::size_t bucket = 0; bucket < 3; ++bucket) wire->reduce(bucket);
  EXPECT_EQ(communicator.sums, (std::vector<std::string>{"3 floats", "2 floats", "4 floats", "2 integers"}));
}

TEST(BucketWire, TheHelperSendsWhatIsLaunchedInOrderAndNothingElse) {
  WrittenDown communicator;
  std::promise<void> second;
  communicator.before_sum = [&] {
    if (communicator.sums.size() == 1) second.set_value();
  };
  const auto wire = wire_over(communicator);
  std::thread helper([&] { wire->run(); });
  wire->launch_up_to(2);
  second.get_future().wait();
  EXPECT_TRUE(wire->ask_to_leave(20)) << "nothing of what was launched is under way";
  helper.join();
  EXPECT_EQ(communicator.sums, (std::vector<std::string>{"3 integers", "2 integers"}));
}

TEST(BucketWire, AFailureIsThrownByTheWaitAndEndsTheHelper) {
  WrittenDown communicator;
  communicator.before_sum = [&] {
    if (communicator.sums.size() == 1) throw PeerLost("all_reduce_sum(int64): rank 1 died");
  };
  const auto wire = wire_over(communicator);
  std::thread helper([&] { wire->run(); });
  wire->launch_up_to(3);
  EXPECT_THROW(wire->wait_for_all(), PeerLost);
  helper.join();  // without being asked to
  EXPECT_EQ(communicator.sums, std::vector<std::string>{"3 integers"});
  EXPECT_TRUE(wire->ask_to_leave(20));
}

TEST(BucketWire, AHelperThatWaitsForAPeerIsNotWaitedFor) {
  WrittenDown communicator;
  std::promise<void> inside, peer_came;
  communicator.before_sum = [&] {
    inside.set_value();
    peer_came.get_future().wait();
  };
  const auto wire = wire_over(communicator);
  std::thread helper([&] { wire->run(); });
  wire->launch_up_to(1);
  inside.get_future().wait();
  EXPECT_FALSE(wire->ask_to_leave(0.01));
  peer_came.set_value();
  helper.join();  // it was told, and leaves as soon as it can
}

TEST(BucketWire, RanksThatLaunchAtDifferentTimesGetTheSameSums) {
  run_ranks(3, {}, [](Communicator& communicator) {
    const auto wire = wire_over(communicator);
    const auto words = wire->sums->words();
    for (std::size_t i = 0; i < words.size(); ++i)
      words[i] = static_cast<std::int64_t>(i) * (communicator.rank() == 2 ? 100 : 1);
    std::thread helper([&] { wire->run(); });
    if (communicator.rank() != 1) wire->launch_up_to(static_cast<std::size_t>(communicator.rank()) + 1);
    wire->launch_up_to(3);
    wire->wait_for_all();
    EXPECT_TRUE(wire->ask_to_leave(20));
    helper.join();
    for (std::size_t i = 0; i < words.size(); ++i) EXPECT_EQ(words[i], static_cast<std::int64_t>(i) * 102);
  });
}

}  // namespace
}  // namespace unmask
