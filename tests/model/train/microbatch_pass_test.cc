#include "model/train/microbatch_pass.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "dist/loopback_communicator.h"
#include "model/device/device_sums.h"
#include "model/norm/norm_function.h"
#include "model/train/train_step.h"
#include "tests/model/device/byte_batch.h"
#include "tests/model/device/played_operators.h"
#include "tests/model/drawn_weights.h"
#include "tests/model/operator_log.h"
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
  const Steps steps({.world = 3, .steps = 2, .make_graph = [&] {
                       return std::make_unique<ToldGraph>(
                           [&](std::size_t part) { tell("part " + std::to_string(part)); });
                     }});
  const std::size_t buckets = steps.buckets;
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

/// What two microbatches of 4 call, by operator and argument: the `first` and the next of a batch of so many.
std::vector<std::string> calls_of_step(std::uint32_t number, std::int64_t first, std::int64_t microbatches,
                                       std::optional<double> loss_scale) {
  const auto group = make_loopback_communicator();
  TrialOptions options;
  options.model.dropout = 0.5;
  TrainState state(options);
  initialise_drawn(state.classifier, 3);
  if (loss_scale) state.loss_scale.emplace().value = *loss_scale;
  TrainStep step(state, Precision::kFp32, 9, {1, 1}, *group, {}, {at::kCPU, loss_scale.has_value()});
  StepPlan plan{.step = number,
                .rate = 1e-4,
                .crop_px = 32,
                .batch_samples = 4 * microbatches,
                .microbatches = {},
                .mine = {first, first + 1}};
  for (std::int64_t i = 0; i < microbatches; ++i) plan.microbatches.push_back({4 * i, 4});
  std::vector<CropBatch> batches;
  for (const std::uint32_t i : {2u, 1u}) batches.push_back(byte_batch(32, 10 * number + i, 4, true));
  std::optional<OperatorLog> log;
  std::vector<std::string> calls;
  const auto next_batch = [&] {
    CropBatch batch = std::move(batches.back());
    batches.pop_back();
    if (!log) log.emplace();
    return batch;
  };
  const auto asks_to_stop = [&] {
    calls = log->calls();
    log.reset();
    return false;
  };
  EXPECT_FALSE(step.run(
                       plan, next_batch, [](CropBatch&&) {}, asks_to_stop)
                   .verdict.fault);
  step.close();
  return calls;
}

// As a graph of a GPU would play it again: step, place in the batch, batch and loss scale are no arguments.
TEST_F(MicrobatchPassTest, AMicrobatchCallsTheSameOperatorsWithTheSameNumbersInEveryStep) {
  for (const bool on_device : {false, true}) {
    const auto scale = [&](double value) { return on_device ? std::optional(value) : std::nullopt; };
    const std::vector<std::string> one = calls_of_step(0, 0, 2, scale(1024)), other = calls_of_step(7, 1, 3, scale(64));
    EXPECT_GT(one.size(), 500u);
    ASSERT_EQ(one.size(), other.size());
    EXPECT_TRUE(std::ranges::any_of(one, [](const std::string& call) { return call.starts_with("aten::mul Float"); }));
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i], other[i]);
  }
}

}  // namespace
}  // namespace unmask
