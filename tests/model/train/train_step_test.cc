#include "model/train/train_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/trace.h"
#include "dist/loopback_communicator.h"
#include "model/device/device_sums.h"
#include "tests/model/device/byte_batch.h"
#include "tests/model/drawn_weights.h"
#include "tests/model/operator_log.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

/// Weights and running statistics.
std::vector<at::Tensor> weights_of(const TrainState& state) {
  std::vector<at::Tensor> all;
  for (const NamedTensor& parameter : state.classifier.parameters()) all.push_back(parameter.tensor.detach());
  for (const NamedTensor& statistic : state.classifier.running_statistics()) all.push_back(statistic.tensor);
  return all;
}

bool equal_weights(const TrainState& a, const TrainState& b) {
  const auto of_a = weights_of(a), of_b = weights_of(b);
  return std::ranges::equal(of_a, of_b, [](const auto& x, const auto& y) { return at::equal(x, y); });
}

/// Of a batch of 8 in microbatches of 2.
StepPlan plan_for(const Communicator& group, std::uint32_t step) {
  StepPlan plan{.step = step, .rate = 1e-4, .crop_px = 32, .batch_samples = 8, .microbatches = {}, .mine = {}};
  for (std::int64_t first = 0; first < 8; first += 2) plan.microbatches.push_back({first, 2});
  plan.mine = plan_shard(4, group.rank(), group.world());
  return plan;
}

/// Two steps on `world` ranks; what fails or stops does so in the second.
struct GroupSteps {
  struct Way {
    bool by_tensors = false, overlap = true, scaled = false;
    int broken_rank = -1;  // one weight is not finite
  };
  explicit GroupSteps(int world, int failing_rank = -1, int stopping_rank = -1, Way way = {false, true, false, -1})
      : states(static_cast<std::size_t>(world)), outcomes(static_cast<std::size_t>(world)) {
    run_ranks(world, {}, [&](Communicator& group) {
      const auto rank = static_cast<std::size_t>(group.rank());
      TrainState& state = states[rank].emplace(TrialOptions{});
      initialise_drawn(state.classifier, 3);
      if (way.scaled) state.loss_scale.emplace();
      TrainStep step(state, Precision::kFp32, 9, {1, 1}, group, {.overlap = way.overlap}, {at::kCPU, way.by_tensors});
      for (std::uint32_t number = 0; number < 2; ++number) {
        const StepPlan plan = plan_for(group, number);
        if (number == 1 && group.rank() == way.broken_rank) weights_of(state)[0].select(0, 3).fill_(std::nan(""));
        std::size_t next = 0;
        const auto next_batch = [&] {
          if (number == 1 && group.rank() == failing_rank && next == 1) {
            throw Error(ErrorKind::kData, "record 7 is damaged");
          }
          const auto microbatch = static_cast<std::uint32_t>(plan.mine[next++]);
          return byte_batch(32, 10 * number + microbatch, 2, true);
        };
        outcomes[rank] = step.run(
            plan, next_batch, [](CropBatch&&) {}, [&] { return number == 1 && group.rank() == stopping_rank; });
        if (number == 0 && rank == 0) before_last = copies(weights_of(state));
      }
      step.close();
    });
  }
  static std::vector<at::Tensor> copies(std::vector<at::Tensor> tensors) {
    for (at::Tensor& tensor : tensors) tensor = tensor.clone();
    return tensors;
  }
  std::vector<std::optional<TrainState>> states;
  std::vector<StepOutcome> outcomes;    // of the last step
  std::vector<at::Tensor> before_last;  // of rank zero
};

TEST(TrainStepTest, AnyNumberOfRanksGivesTheSameBits) {
  const GroupSteps alone(1);
  EXPECT_EQ(alone.states[0]->step, 2);
  for (const int world : {2, 3}) {
    const GroupSteps group(world);
    for (const auto& state : group.states) EXPECT_TRUE(equal_weights(*state, *alone.states[0])) << world;
    for (const StepOutcome& outcome : group.outcomes) EXPECT_EQ(outcome.loss, alone.outcomes[0].loss) << world;
  }
}

TEST(TrainStepTest, AFaultOfOneRankVoidsTheStepOfAll) {
  const GroupSteps group(2, /*failing_rank=*/1);
  for (const StepOutcome& outcome : group.outcomes) {
    ASSERT_TRUE(outcome.verdict.fault);
    EXPECT_EQ(outcome.verdict.fault->rank, 1);
    EXPECT_EQ(outcome.verdict.fault->text, "record 7 is damaged");
  }
  for (const auto& state : group.states) EXPECT_EQ(state->step, 1);
  EXPECT_TRUE(equal_weights(*group.states[0], *group.states[1]));
  EXPECT_TRUE(std::ranges::equal(weights_of(*group.states[0]), group.before_last,
                                 [](const auto& x, const auto& y) { return at::equal(x, y); }));
}

TEST(TrainStepTest, AStopFlagOfOneRankIsKnownToAll) {
  const GroupSteps group(2, -1, /*stopping_rank=*/1);
  for (const StepOutcome& outcome : group.outcomes) {
    EXPECT_TRUE(outcome.verdict.stop_requested);
    EXPECT_FALSE(outcome.verdict.fault);
  }
}

void expect_same(const GroupSteps& device, const GroupSteps& host) {
  for (std::size_t rank = 0; rank < host.outcomes.size(); ++rank) {
    const StepOutcome &told = device.outcomes[rank], &wanted = host.outcomes[rank];
    EXPECT_EQ(told.loss, wanted.loss);
    EXPECT_EQ(told.verdict.fault, wanted.verdict.fault) << (told.verdict.fault ? told.verdict.fault->text : "none");
    EXPECT_EQ(told.verdict.stop_requested, wanted.verdict.stop_requested);
    EXPECT_FALSE(told.verdict.overflowed);
    EXPECT_TRUE(equal_weights(*device.states[rank], *host.states[rank]) || wanted.verdict.fault);
  }
}

TEST(TrainStepTest, ADeviceTellsWhatTheHostDoesOnAnyNumberOfRanks) {
  for (const auto& [world, overlap] : {std::pair<int, bool>{1, true}, {2, false}, {3, true}}) {
    const int last = world - 1;
    const GroupSteps stopped(world, -1, last, {.overlap = overlap});
    EXPECT_TRUE(stopped.outcomes[0].verdict.stop_requested);
    expect_same(GroupSteps(world, -1, last, {.by_tensors = true, .overlap = overlap}), stopped);
  }
  for (const int world : {1, 2}) {
    const GroupSteps broken(world, -1, -1, {.broken_rank = world - 1});
    ASSERT_TRUE(broken.outcomes[0].verdict.fault);
    EXPECT_EQ(broken.outcomes[0].verdict.fault->text,
              "running statistics: gradient is not finite or too large for fixed point");
    expect_same(GroupSteps(world, -1, -1, {.by_tensors = true, .broken_rank = world - 1}), broken);
  }
  expect_same(GroupSteps(2, 1, -1, {.by_tensors = true}), GroupSteps(2, 1));
}

// Of one rank alone, the others' values being good.
TEST(TrainStepTest, AnOverflowOfOneRankIsKnownToAll) {
  for (const bool overlap : {false, true}) {
    const GroupSteps group(2, -1, -1, {.by_tensors = true, .overlap = overlap, .scaled = true, .broken_rank = 1});
    for (const StepOutcome& outcome : group.outcomes) {
      EXPECT_TRUE(outcome.verdict.overflowed);
      EXPECT_FALSE(outcome.verdict.fault);
    }
    for (const auto& state : group.states) EXPECT_EQ(state->loss_scale->value, LossScale{}.value / 2);
  }
}

/// One step of one rank on crops whose slots are their numbers, without dropout unless it is said.
struct SingleStep {
  struct Case {
    std::vector<Microbatch> microbatches;
    std::array<float, 2> class_weights = {1, 1};
    double dropout = 0;
    bool broken_statistics = false;
    ReducerOptions reducer = {};
    Precision precision = Precision::kFp32;
    bool by_tensors = false;
  };
  explicit SingleStep(const Case& wanted) : group(make_loopback_communicator()), state(options(wanted.dropout)) {
    initialise_drawn(state.classifier, 3);
    if (wanted.broken_statistics) state.classifier.running_statistics()[0].tensor.fill_(HUGE_VALF);
    TrainStep step(state, wanted.precision, 9, wanted.class_weights, *group, wanted.reducer,
                   {at::kCPU, wanted.by_tensors});
    StepPlan plan{
        .step = 0, .rate = 1e-4, .crop_px = 32, .batch_samples = 0, .microbatches = wanted.microbatches, .mine = {}};
    for (const Microbatch& microbatch : wanted.microbatches) {
      plan.mine.push_back(static_cast<std::int64_t>(plan.mine.size()));
      plan.batch_samples += microbatch.count;
    }
    std::uint32_t number = 0;
    const auto next_batch = [&] {
      const std::int64_t count = wanted.microbatches[number].count;
      return batch(count, ++number);
    };
    const auto goes_on = [] { return false; };
    const OperatorLog recorded;
    const StepOutcome outcome = step.run(
        plan, next_batch, [](CropBatch&&) {}, goes_on);
    calls = recorded.counts();
    loss = outcome.loss;
    fault = outcome.verdict.fault;
    step.close();
  }
  static TrialOptions options(double dropout) {
    TrialOptions options;
    options.model.dropout = dropout;
    return options;
  }
  /// All fakes.
  static CropBatch batch(std::int64_t count, std::uint32_t number) {
    CropBatch batch = byte_batch(32, number, static_cast<int>(count), true);
    std::ranges::fill(batch.labels, 1);
    return batch;
  }
  std::unique_ptr<Communicator> group;
  TrainState state;
  double loss = 0;
  std::optional<Fault> fault;
  std::map<std::string, int> calls;  // of ATen's operators in the step
};

// Beside plain passes through the network: neither a mean of means nor other running statistics.
TEST(TrainStepTest, AnUnevenMicrobatchCountsByItsSamples) {
  const SingleStep step({.microbatches = {{0, 6}, {6, 2}}});
  double loss = 0;
  std::vector<at::Tensor> running;
  for (const std::int64_t count : {6, 2}) {
    Classifier classifier(SingleStep::options(0).model);
    initialise_drawn(classifier, 3);
    const CropBatch batch = SingleStep::batch(count, count == 6 ? 1 : 2);
    const at::Tensor logits = classifier.forward(images_on(at::kCPU, batch, 32), {.training = true});
    loss -= at::log_softmax(logits, 1).select(1, 1).sum().item<double>() / 8;
    for (std::size_t i = 0; i < classifier.running_statistics().size(); ++i) {
      const at::Tensor share =
          classifier.running_statistics()[i].tensor.to(at::kDouble) * (static_cast<double>(count) / 8);
      if (count == 6)
        running.push_back(share);
      else
        running[i] += share;
    }
  }
  EXPECT_NEAR(step.loss, loss, 1e-6);
  for (std::size_t i = 0; i < running.size(); ++i) {
    const NamedTensor& statistic = step.state.classifier.running_statistics()[i];
    EXPECT_TRUE(at::allclose(statistic.tensor.to(at::kDouble), running[i], 1e-6, 1e-7)) << statistic.name;
  }
}

// Adam's first step is -rate * g / (|g| + eps), here from autograd's own gradients.
TEST(TrainStepTest, TheWeightsGoWhereTheGradientsPoint) {
  const SingleStep step({.microbatches = {{0, 6}, {6, 2}}});
  const OptimizerOptions adam;
  Classifier classifier(SingleStep::options(0).model);
  initialise_drawn(classifier, 3);
  for (const std::int64_t count : {6, 2}) {
    const CropBatch batch = SingleStep::batch(count, count == 6 ? 1 : 2);
    const at::Tensor logits = classifier.forward(images_on(at::kCPU, batch, 32), {.training = true});
    (at::log_softmax(logits, 1).select(1, 1).sum() / -8).backward();
  }
  for (std::size_t i = 0; i < classifier.parameters().size(); ++i) {
    const NamedTensor& before = classifier.parameters()[i];
    const at::Tensor weight = before.tensor.detach().to(at::kDouble);
    const at::Tensor gradient = before.tensor.grad().to(at::kDouble) + adam.weight_decay * weight;
    const at::Tensor expected = weight - 1e-4 * gradient / (gradient.abs() + adam.eps);
    const at::Tensor found = step.state.classifier.parameters()[i].tensor.detach().to(at::kDouble);
    const at::Tensor sure = gradient.abs() > 1e-5;  // of a smaller one rounding may turn the sign
    EXPECT_LT((found - expected).abs().masked_select(sure).max().item<double>(), 1e-6) << before.name;
  }
}

// By the kernel's arithmetic in the host's loop. The budget: at most two launches a bucket and microbatch.
TEST(TrainStepTest, SumsOfADeviceTakeALaunchABucketAndHaveTheHostsBits) {
  std::size_t launches = 0, buckets = 0;
  const SumLauncher on_host = [&](const SumBatch& batch, unsigned blocks) {
    ++launches;
    for (unsigned block = 0; block < blocks; ++block) sum_block(batch, block, 0, 1);
  };
  const auto make_sums = [&](const StepSumsPlan& plan) {
    buckets = plan.buckets;
    return make_device_sums(plan, at::kCPU, on_host);
  };
  // Four microbatches' gradients are kept at most: 63 tensors' are 252, and a launch takes 160.
  for (const auto& [count, beside_buckets] : {std::pair<std::size_t, std::size_t>{1, 0}, {5, 1}}) {
    std::vector<Microbatch> microbatches;
    for (std::size_t i = 0; i < count; ++i) microbatches.push_back({static_cast<std::int64_t>(2 * i), 2});
    launches = 0;
    const SingleStep by_kernel({.microbatches = microbatches, .reducer = {.make_sums = make_sums}});
    const SingleStep on_host_sums({.microbatches = microbatches});
    EXPECT_FALSE(by_kernel.fault);
    EXPECT_TRUE(equal_weights(by_kernel.state, on_host_sums.state)) << count;
    EXPECT_GT(buckets, 4u);
    EXPECT_EQ(launches, buckets + beside_buckets) << count;
  }
}

/// ATen's operators in a plain pass of a microbatch, which rounds its weights itself, and in its backward.
std::map<std::string, int> calls_of_a_pass(Precision precision) {
  Classifier classifier(SingleStep::options(0).model);
  initialise_drawn(classifier, 3);
  const CropBatch batch = SingleStep::batch(2, 1);
  const at::Tensor weights = at::ones({2}), samples = at::full({}, 2.0f);
  const OperatorLog recorded;
  const at::Tensor images = images_on(at::kCPU, batch, 32), labels = at::tensor(batch.labels);
  const at::Tensor logits = classifier.forward(images, {.training = true, .precision = precision});
  (at::nll_loss(at::log_softmax(logits, 1), labels, weights, at::Reduction::Sum) / samples).backward();
  return recorded.counts();
}

TEST(TrainStepTest, WeightsAreCastOnceAStepAndRunningStatisticsAreCopiedAsOneTensor) {
  for (const bool rounds : {false, true}) {
    const Precision precision = rounds ? Precision::kBf16 : Precision::kFp32;
    std::map<std::string, int> one = SingleStep({.microbatches = {{0, 2}}, .precision = precision}).calls;
    std::map<std::string, int> two = SingleStep({.microbatches = {{0, 2}, {2, 2}}, .precision = precision}).calls;
    std::map<std::string, int> plain = calls_of_a_pass(precision);
    const auto beside_plain = [&](const char* name) { return two[name] - one[name] - plain[name]; };
    EXPECT_EQ(one["aten::_foreach_copy_"], rounds ? 1 : 0);
    EXPECT_EQ(two["aten::_foreach_copy_"], rounds ? 1 : 0);
    // Running statistics are set back, and taken by way of double; none of the 20 convolutions' weights is cast.
    EXPECT_EQ(beside_plain("aten::copy_"), 3 - (rounds ? 20 : 0));
    EXPECT_EQ(beside_plain("aten::_to_copy"), 2 - (rounds ? 20 : 0));
  }
}

TEST(TrainStepTest, StatisticsThatAreNotFiniteAreNamed) {
  const SingleStep step({.microbatches = {{0, 4}}, .broken_statistics = true});
  ASSERT_TRUE(step.fault);
  EXPECT_NE(step.fault->text.find("running statistics"), std::string::npos) << step.fault->text;
}

TEST(TrainStepTest, TellsWhereItsTimeGoes) {
  Trace::start();
  const SingleStep step({.microbatches = {{0, 4}}});
  std::set<std::string> names;
  for (const Trace::Event& event : Trace::take()) names.insert(event.name);
  for (const char* name : {"load", "forward", "backward", "wait for buckets", "optimizer"})
    EXPECT_TRUE(names.contains(name)) << name;
}

// What CPU tensors can show of it: no operator that hands a tensor's value to the host, and one reading of the record.
TEST(TrainStepTest, TheHostWaitsForADeviceOnceAStep) {
  for (const bool broken : {false, true}) {
    Trace::start();
    const SingleStep step({.microbatches = {{0, 2}, {2, 2}, {4, 2}}, .broken_statistics = broken, .by_tensors = true});
    EXPECT_EQ(std::ranges::count(Trace::take(), "step record", &Trace::Event::name), 1);
    EXPECT_EQ(step.fault.has_value(), broken);
    // A CPU's Adam reads its count of steps; a GPU's doesn't.
    std::map<std::string, int> calls = step.calls;
    const auto by_adam = static_cast<int>(broken ? 0 : step.state.classifier.parameters().size());
    for (const char* name : {"aten::item", "aten::_local_scalar_dense"}) EXPECT_EQ(calls[name], by_adam) << name;
    for (const char* name : {"aten::is_nonzero", "aten::equal"}) EXPECT_FALSE(calls.contains(name)) << name;
  }
}

TEST(TrainStepTest, AClassWeightIsThatOfItsOwnLabel) {
  const double plain = SingleStep({.microbatches = {{0, 4}}}).loss;
  EXPECT_NEAR(SingleStep({.microbatches = {{0, 4}}, .class_weights = {5, 1}}).loss, plain, 1e-6);
  EXPECT_NEAR(SingleStep({.microbatches = {{0, 4}}, .class_weights = {1, 5}}).loss, 5 * plain, 5e-6);
}

TEST(TrainStepTest, DropoutGoesByTheSlotInTheGlobalBatch) {
  const auto loss = [](std::int64_t first, double dropout) {
    return SingleStep({.microbatches = {{first, 4}}, .dropout = dropout}).loss;
  };
  EXPECT_EQ(loss(0, 0), loss(4, 0));
  EXPECT_EQ(loss(4, 0.5), loss(4, 0.5));
  EXPECT_NE(loss(0, 0.5), loss(4, 0.5));
}

/// Steps of the network on bytes, with a loss scale or without one, after some that overflow;
/// the weights that come of it.
struct ScaledSteps {
  explicit ScaledSteps(std::optional<double> scale, int overflows = 0)
      : group(make_loopback_communicator()), state(TrialOptions{}) {
    initialise_drawn(state.classifier, 3);
    if (scale) state.loss_scale.emplace();
    TrainStep step(state, Precision::kFp32, 9, {1, 1}, *group, {}, {at::kCPU, true});
    for (int i = -overflows; i < 2; ++i) {
      if (i < 0) state.loss_scale->value = std::ldexp(1.0, 140);
      if (scale && i == 0) state.loss_scale->value = *scale;
      StepPlan plan;
      plan.step = static_cast<std::uint32_t>(std::max(i, 0));
      plan.rate = 1e-4;
      plan.crop_px = 32;
      plan.batch_samples = 8;
      plan.microbatches = {{0, 4}, {4, 4}};
      plan.mine = {0, 1};
      outcomes.push_back(step.run(
          plan, [&] { return byte_batch(32, 11, 4, true); }, [](CropBatch&&) {}, [] { return false; }));
    }
    step.close();
  }
  bool same_weights(const ScaledSteps& other) const { return equal_weights(state, other.state); }
  std::unique_ptr<Communicator> group;
  TrainState state;
  std::vector<StepOutcome> outcomes;
};

// As torch's GradScaler, which then doesn't call the optimizer: Adam's bias correction goes by its own updates.
TEST(TrainStepLossScaleTest, AStepPassedOverIsNoUpdateOfAdam) {
  const ScaledSteps plain(std::nullopt), late(1024, 3);
  EXPECT_EQ(late.state.step, 5);
  EXPECT_EQ(late.state.loss_scale->passed_over, 3);
  EXPECT_TRUE(late.same_weights(plain));
}

TEST(TrainStepLossScaleTest, AnOverflowThatNoSmallerScaleCuresIsADivergence) {
  const ScaledSteps steps(-std::ldexp(1.0, 140));  // below the smallest, and too large
  EXPECT_EQ(
      steps.outcomes[0].verdict.fault,
      (Fault{.cause = Cause::kDivergence, .text = "a gradient is not finite in fp16, though its loss scale is 1"}));
  EXPECT_EQ(steps.state.step, 0);
}

TEST(TrainStepLossScaleTest, ChangesNoBitsInF32AndPassesOverAStepThatOverflows) {
  const ScaledSteps plain(std::nullopt), scaled(1024), too_large(std::ldexp(1.0, 140));
  EXPECT_TRUE(scaled.same_weights(plain));
  EXPECT_EQ(scaled.outcomes[1].loss, plain.outcomes[1].loss);
  EXPECT_EQ(scaled.state.loss_scale->good_steps, 2);
  EXPECT_EQ(too_large.state.step, 2);
  for (const StepOutcome& outcome : too_large.outcomes) {
    EXPECT_TRUE(outcome.verdict.overflowed);
    EXPECT_FALSE(outcome.verdict.fault);
  }
  EXPECT_EQ(too_large.outcomes[0].loss, plain.outcomes[0].loss);
  EXPECT_EQ(too_large.state.loss_scale->value, std::ldexp(1.0, 138));
  TrainState fresh{TrialOptions{}};
  initialise_drawn(fresh.classifier, 3);
  for (std::size_t i = 0; i < fresh.classifier.parameters().size(); ++i) {
    EXPECT_TRUE(at::equal(fresh.classifier.parameters()[i].tensor, too_large.state.classifier.parameters()[i].tensor));
  }
  for (const NamedTensor& statistic : too_large.state.classifier.running_statistics())
    EXPECT_TRUE(at::equal(statistic.tensor, at::full_like(statistic.tensor, statistic.name.ends_with("var") ? 1 : 0)));
}

}  // namespace
}  // namespace unmask
