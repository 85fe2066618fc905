#include "dist/forwarding_communicator.h"

#include <gtest/gtest.h>

#include "tests/dist/communicator_conformance.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

class ForwardingCommunicatorConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(ForwardingCommunicatorConformance, HoldsForOneToFourRanks) {
  for (int world = 1; world <= 4; ++world) {
    run_ranks(world, {}, [](Communicator& communicator) {
      ForwardingCommunicator copy(communicator.duplicate());
      GetParam().check(copy);
      copy.close();
    });
  }
}
INSTANTIATE_TEST_SUITE_P(Promises, ForwardingCommunicatorConformance, testing::ValuesIn(conformance::kPromises),
                         conformance::name_of);

using Calls = std::vector<std::string>;

/// Rank 1 of 3. Writes its calls down, and answers what no default does.
class WrittenDown final : public Communicator {
 public:
  explicit WrittenDown(Calls& calls) : calls_(calls) {}
  int rank() const noexcept override { return 1; }
  int world() const noexcept override { return 3; }
  void all_reduce_sum(std::span<std::int64_t> values) override { note("integers", values.size()); }
  void all_reduce_sum(std::span<float> values) override { note("floats", values.size()); }
  void compare_sizes(bool compare) override { note("compare_sizes", compare ? 1 : 0); }
  void broadcast(std::span<std::byte> bytes, int root) override {
    note("broadcast from " + std::to_string(root), bytes.size());
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override {
    note("all_gather", mine.size());
    return {{}, {mine.begin(), mine.end()}, {}};
  }
  void barrier() override { note("barrier"); }
  std::unique_ptr<Communicator> duplicate() override {
    note("duplicate");
    return std::make_unique<WrittenDown>(calls_);
  }
  void interrupt() override { note("interrupt"); }
  bool sums_fail_alone() const override { return true; }
  void raise_alarm() override { note("raise_alarm"); }
  bool alarmed() override { return true; }
  void close() override { note("close"); }
  void abort(const std::string& reason) override { note("abort: " + reason); }

 private:
  void note(const std::string& call, std::size_t of = 0) { calls_.push_back(call + " " + std::to_string(of)); }

  Calls& calls_;
};

/// Writes the collectives down on their way, and may give the inner one away.
class Shown final : public ForwardingCommunicator {
 public:
  using ForwardingCommunicator::ForwardingCommunicator;
  Calls collectives;
  void give_away() { inner_.reset(); }

 protected:
  void collective(const char* operation, const std::function<void()>& call) override {
    collectives.push_back(operation);
    ForwardingCommunicator::collective(operation, call);
  }
};

TEST(ForwardingCommunicator, EveryCallArrivesOnceAsItIs) {
  Calls calls;
  Shown shown(std::make_unique<WrittenDown>(calls));
  std::vector<std::int64_t> integers(2);
  std::vector<float> floats(3);
  std::vector<std::byte> bytes(4, std::byte{7});
  EXPECT_EQ(shown.rank(), 1);
  EXPECT_EQ(shown.world(), 3);
  shown.all_reduce_sum(std::span(integers));
  shown.all_reduce_sum(std::span(floats));
  shown.compare_sizes(false);
  shown.compare_sizes(true);
  shown.broadcast(bytes, 2);
  EXPECT_EQ(shown.all_gather(bytes).at(1), bytes);
  shown.barrier();
  EXPECT_NE(shown.duplicate(), nullptr);
  shown.interrupt();
  EXPECT_TRUE(shown.sums_fail_alone());
  shown.raise_alarm();
  EXPECT_TRUE(shown.alarmed());
  shown.close();
  shown.abort("tired");
  EXPECT_EQ(calls,
            (Calls{"integers 2", "floats 3", "compare_sizes 0", "compare_sizes 1", "broadcast from 2 4", "all_gather 4",
                   "barrier 0", "duplicate 0", "interrupt 0", "raise_alarm 0", "close 0", "abort: tired 0"}));
  EXPECT_EQ(shown.collectives, (Calls{"all_reduce_sum(int64)", "all_reduce_sum(float)", "broadcast", "all_gather",
                                      "barrier", "duplicate", "close"}));
}

TEST(ForwardingCommunicator, WhereTheInnerOneWasGivenAwayCollectivesThrowAndOtherCallsDoNothing) {
  Calls calls;
  Shown shown(std::make_unique<WrittenDown>(calls));
  shown.give_away();
  conformance::every_call_throws(shown, "given back");
  shown.compare_sizes(false);
  shown.interrupt();
  shown.raise_alarm();
  EXPECT_FALSE(shown.sums_fail_alone());
  EXPECT_FALSE(shown.alarmed());
  shown.close();
  shown.abort("tired");
  EXPECT_EQ(calls, Calls{});
}

}  // namespace
}  // namespace unmask
