#include "model/train/microbatch_pass.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "model/device/device_sums.h"
#include "model/norm/norm_function.h"
#include "model/train/train_step.h"
#include "tests/model/device/byte_batch.h"
#include "tests/model/device/played_operators.h"
#include "tests/model/drawn_weights.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

/// Steps of a batch of 8 in microbatches of 3, 3 and 2, with dropout, on a device played by CPU tensors.
struct Steps {
  struct Way {
    int world = 1, steps = 3;
    GraphMaker make_graph = {};
    bool scaled = false;
    Head head = Head::kLinear;
    Precision precision = Precision::kFp32;
    std::function<void()> on_launch = [] {};  // of a kernel that sums
  };
  explicit Steps(const Way& way) : outcomes(static_cast<std::size_t>(way.world)) {
    run_ranks(way.world, {}, [&](Communicator& group) {
      at::set_num_threads(1);
      TrialOptions options;
      options.model.dropout = 0.5;
      options.model.head = way.head;
      TrainState state(options);
      initialise_drawn(state.classifier, 3);
      if (way.scaled) state.loss_scale.emplace();
      const SumLauncher on_host = [&](const SumBatch& batch, unsigned blocks) {
        way.on_launch();
        for (unsigned block = 0; block < blocks; ++block) sum_block(batch, block, 0, 1);
      };
      ReducerOptions sums;
      sums.make_sums = [&](const StepSumsPlan& plan) {
        buckets = plan.buckets;
        return make_device_sums(plan, at::kCPU, on_host);
      };
      TrainStep step(state, way.precision, 9, {1, 2}, group, sums, {at::kCPU, false, {}, way.make_graph});
      for (std::uint32_t number = 0; number < static_cast<std::uint32_t>(way.steps); ++number) {
        StepPlan plan{.step = number,
                      .rate = 1e-3 / (number + 1),
                      .crop_px = 32,
                      .batch_samples = 8,
                      .microbatches = {{0, 3}, {3, 3}, {6, 2}},
                      .mine = plan_shard(3, group.rank(), group.world())};
        std::size_t next = 0;
        const auto next_batch = [&] {
          const std::int64_t microbatch = plan.mine[next++];
          const std::int64_t count = plan.microbatches[static_cast<std::size_t>(microbatch)].count;
          return byte_batch(32, 10 * number + static_cast<std::uint32_t>(microbatch), static_cast<int>(count), true);
        };
        outcomes[static_cast<std::size_t>(group.rank())].push_back(step.run(
            plan, next_batch, [](CropBatch&&) {}, [] { return false; }));
      }
      step.close();
      if (group.rank() != 0) return;
      for (const NamedTensor& tensor : state_tensors(state)) state_at_end.push_back(tensor.tensor.detach().clone());
    });
  }
  bool equal(const Steps& other) const {
    return std::ranges::equal(state_at_end, other.state_at_end,
                              [](const at::Tensor& a, const at::Tensor& b) { return at::equal(a, b); }) &&
           std::ranges::equal(outcomes[0], other.outcomes[0], {}, &StepOutcome::loss, &StepOutcome::loss);
  }
  std::vector<std::vector<StepOutcome>> outcomes;  // by rank and step
  std::vector<at::Tensor> state_at_end;
  std::size_t buckets = 0;
};

GraphMaker played() {
  return [] { return std::make_unique<PlayedOperators>(); };
}

class MicrobatchPassTest : public testing::Test {
 protected:
  MicrobatchPassTest() { let_norms_be_fused(false); }
  ~MicrobatchPassTest() override { let_norms_be_fused(true); }
};

TEST_F(MicrobatchPassTest, AGraphsPlaysGiveTheOperatorsBits) {
  const Steps operators({.scaled = true});
  ASSERT_FALSE(operators.outcomes[0].back().verdict.fault) << operators.outcomes[0].back().verdict.fault->text;
  for (const int world : {1, 2, 3}) {
    const int before = PlayedOperators::plays();
    const Steps graphs({.world = world, .make_graph = played(), .scaled = true});
    EXPECT_TRUE(graphs.equal(operators)) << world;
    EXPECT_GT(PlayedOperators::plays(), before);
  }
}

TEST_F(MicrobatchPassTest, SoTheyDoInBf16AndWithTheHiddenHead) {
  const Steps::Way way{.steps = 2, .head = Head::kHidden, .precision = Precision::kBf16};
  Steps::Way graphs = way;
  graphs.make_graph = played();
  EXPECT_TRUE(Steps(graphs).equal(Steps(way)));
}

// The second microbatch of a size is recorded, and played like those after it.
TEST_F(MicrobatchPassTest, OnlyTheFirstOfASizeIsEnqueuedByOperators) {
  int graphs = 0, launches = 0;
  const int before = PlayedOperators::plays();
  const Steps steps({.make_graph =
                         [&] {
                           ++graphs;
                           return std::make_unique<PlayedOperators>();
                         },
                     .on_launch = [&] { ++launches; }});
  EXPECT_EQ(graphs, 2);
  EXPECT_EQ(PlayedOperators::plays() - before, 3 * 3 - 2);
  // The budget is two launches a bucket and microbatch.
  EXPECT_EQ(launches, 3 * (2 + static_cast<int>(steps.buckets)));
}

/// Tells when parts are played.
class ToldGraph final : public ComputeGraph {
 public:
  explicit ToldGraph(std::function<void(std::size_t)> tell) : tell_(std::move(tell)) {}
  void begin() override { graph_.begin(); }
  void cut() override { graph_.cut(); }
  void end() override { graph_.end(); }
  void abandon() noexcept override { graph_.abandon(); }
  void play(std::size_t part) override {
    tell_(part);
    graph_.play(part);
  }

 private:
  PlayedOperators graph_;
  std::function<void(std::size_t)> tell_;
};

// Else nothing would travel while backward goes on.
TEST_F(MicrobatchPassTest, ABucketIsSummedBeforeTheNextOnesGradientsArePlayed) {
  std::vector<std::string> order;
  std::mutex mutex;
  const auto tell = [&](std::string what) {
    const std::lock_guard lock(mutex);
    order.push_back(std::move(what));
  };
  // With three ranks of one microbatch each, rank 2 alone has one of 2.
  std::size_t buckets = 0;
  const Steps steps({.world = 3, .steps = 2, .make_graph = [&] {
                       return std::make_unique<ToldGraph>(
                           [&](std::size_t part) { tell("part " + std::to_string(part)); });
                     }});
  buckets = steps.buckets;
  EXPECT_GT(buckets, 4u);
  for (std::size_t part = 0; part < buckets; ++part)
    EXPECT_EQ(std::ranges::count(order, "part " + std::to_string(part)), 3) << part;
  EXPECT_EQ(std::ranges::count(order, "part " + std::to_string(buckets)), 0);
}

struct BrokenGraph final : ComputeGraph {
  explicit BrokenGraph(bool memory) : is_memory(memory) {}
  void begin() override {
    if (is_memory) throw c10::OutOfMemoryError({"begin", "test", 1}, "no memory for the graph");
    throw std::runtime_error("no graphs here");
  }
  void cut() override {}
  void end() override {}
  void abandon() noexcept override {}
  void play(std::size_t) override {}
  bool is_memory;
};

TEST_F(MicrobatchPassTest, WhatCannotBeRecordedIsEnqueuedByOperatorsAndSaidOnce) {
  testing::internal::CaptureStderr();
  const Steps broken({.steps = 1, .make_graph = [] { return std::make_unique<BrokenGraph>(/*memory=*/false); }});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "a microbatch isn't recorded as a graph, its operators are enqueued one by one: no graphs here\n");
  EXPECT_TRUE(broken.equal(Steps({.steps = 1})));
}

TEST_F(MicrobatchPassTest, NoMemoryForARecordingIsAFaultOfTheStep) {
  const Steps broken(
      {.world = 2, .steps = 1, .make_graph = [] { return std::make_unique<BrokenGraph>(/*memory=*/true); }});
  for (const auto& outcomes : broken.outcomes) {
    ASSERT_TRUE(outcomes[0].verdict.fault);
    EXPECT_EQ(outcomes[0].verdict.fault->cause, Cause::kMemory);
    EXPECT_EQ(outcomes[0].verdict.fault->rank, 0);
  }
}

}  // namespace
}  // namespace unmask
