// A GPU's way through a step (crops as bytes, augmentation, sums and loss scale by ATen) on CPU tensors: the same code,
// and the bits of the host's own way. What only a GPU shows is in gpu_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/philox.h"
#include "data/augment/augment.h"
#include "dist/gradient_reducer.h"
#include "dist/loopback_communicator.h"
#include "model/device/device_crops.h"
#include "model/device/device_sums.h"
#include "model/train/train_step.h"
#include "model/train/trainer.h"
#include "tests/support/run_ranks.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

constexpr int kMicrobatches = 5;
const std::vector<ReducedTensor> kTensors = {{"conv", 3001}, {"bn", 2}, {"fc", 512}, {"statistics", 64}};

/// Magnitudes from 2^-45 to 2^3, and now and then a tie between two integers of fixed point.
std::vector<float> gradient(int microbatch, int tensor) {
  Draws draws(7, DrawFor::kProbe, static_cast<std::uint32_t>(microbatch), static_cast<std::uint32_t>(tensor));
  std::vector<float> values(static_cast<std::size_t>(kTensors[static_cast<std::size_t>(tensor)].elements));
  for (float& value : values) {
    value = draws.below(8) == 0 ? std::ldexp(static_cast<float>(draws.below(64)) + 0.5f, -40)
                                : std::ldexp(draws.uniform() - 0.5f, static_cast<int>(draws.below(49)) - 45);
  }
  return values;
}

ReducerOptions reducer_options(bool on_device, bool overlap, Reduction reduction) {
  ReducerOptions options{.reduction = reduction, .bucket_bytes = 8 << 10, .overlap = overlap};
  if (on_device) ComputePlace{at::kCPU, true}.place_sums(options);
  return options;
}

/// Two steps' totals, then the scalars, of rank zero.
std::vector<float> totals(int world, bool on_device, bool overlap, Reduction reduction, double loss_scale = 1) {
  std::vector<float> result;
  run_ranks(world, {}, [&](Communicator& group) {
    GradientReducer reducer(group, kTensors, reducer_options(on_device, overlap, reduction));
    for (int step = 0; step < 2; ++step) {
      reducer.begin(kMicrobatches, loss_scale == 1 ? std::nullopt : std::optional(loss_scale));
      for (int tensor = 0; tensor < static_cast<int>(kTensors.size()); ++tensor) {
        std::vector<std::vector<float>> mine;
        for (int m = group.rank(); m < kMicrobatches; m += world) {
          mine.push_back(gradient(m + step * kMicrobatches, tensor));
          for (float& value : mine.back()) value = static_cast<float>(value * loss_scale);
        }
        std::vector<const float*> pointers;
        for (const auto& values : mine) pointers.push_back(values.data());
        // The first alone, then the others at once.
        reducer.accumulate(tensor, std::span(pointers).first(1));
        reducer.accumulate(tensor, std::span(pointers).subspan(1));
        reducer.ready(tensor);
      }
      const double scalar = 0.125 * (group.rank() + 1);
      reducer.add_scalars(std::span(&scalar, 1));
      const StepVerdict verdict = reducer.finish({}, group.rank() == world - 1);
      EXPECT_FALSE(verdict.fault);
      EXPECT_TRUE(verdict.stop_requested);
      EXPECT_FALSE(verdict.overflowed);
      for (std::size_t t = 0; t < kTensors.size(); ++t) {
        std::vector<float> total(static_cast<std::size_t>(kTensors[t].elements));
        reducer.read(static_cast<int>(t), total);
        if (group.rank() == 0) result.insert(result.end(), total.begin(), total.end());
      }
      if (group.rank() == 0) result.push_back(static_cast<float>(reducer.scalars()[0]));
    }
    reducer.close();
  });
  return result;
}

TEST(DeviceSums, AreTheHostsBitForBit) {
  for (const Reduction reduction : {Reduction::kFixedPoint, Reduction::kFloat}) {
    for (int world = 1; world <= 3; ++world) {
      const std::vector<float> wanted = totals(world, false, false, reduction);
      ASSERT_EQ(wanted.size(), 2u * (3001 + 2 + 512 + 64 + 1));
      for (const bool overlap : {false, true}) EXPECT_EQ(totals(world, true, overlap, reduction), wanted) << world;
    }
  }
  // A loss scale is divided out again, exactly.
  EXPECT_EQ(totals(2, true, true, Reduction::kFixedPoint, 65536), totals(2, false, false, Reduction::kFixedPoint));
}

/// What all ranks are told of a step in which rank 1's tensor "fc" holds `bad`.
StepVerdict verdict_with(float bad, bool on_device, std::optional<double> loss_scale, Reduction reduction) {
  std::vector<StepVerdict> verdicts(2);
  run_ranks(2, {}, [&](Communicator& group) {
    GradientReducer reducer(group, kTensors, reducer_options(on_device, true, reduction));
    reducer.begin(2, loss_scale);
    std::vector<float> values(512, 0.5f);
    if (group.rank() == 1) values[300] = bad;
    const float* pointer = values.data();
    reducer.accumulate(2, std::span(&pointer, 1));
    verdicts[static_cast<std::size_t>(group.rank())] = reducer.finish({}, false);
    reducer.begin(2, loss_scale);
    EXPECT_FALSE(reducer.finish({}, false).fault);  // the step after it is good again
    reducer.close();
  });
  EXPECT_EQ(verdicts[0].fault, verdicts[1].fault);
  EXPECT_EQ(verdicts[0].overflowed, verdicts[1].overflowed);
  return verdicts[0];
}

TEST(DeviceSums, NameTheTensorOfABadValueAsTheHostDoes) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  for (const Reduction reduction : {Reduction::kFixedPoint, Reduction::kFloat}) {
    for (const float bad : {kNan, -kInfinity, 3e6f, -0x1p21f}) {
      const StepVerdict wanted = verdict_with(bad, false, std::nullopt, reduction);
      EXPECT_EQ(verdict_with(bad, true, std::nullopt, reduction).fault, wanted.fault) << bad;
      EXPECT_EQ(!wanted.fault, bad == -0x1p21f || (reduction == Reduction::kFloat && bad == 3e6f));
    }
  }
  for (const float bad : {kNan, kInfinity}) {
    const StepVerdict scaled = verdict_with(bad, true, 1024, Reduction::kFixedPoint);
    EXPECT_TRUE(scaled.overflowed);
    EXPECT_FALSE(scaled.fault);
  }
  EXPECT_FALSE(verdict_with(3e6f, true, 1024, Reduction::kFixedPoint).overflowed);  // 3e6 / 1024 fits
}

CropBatch byte_batch(int px, std::uint32_t number, int n, bool training) {
  CropBatch batch;
  const std::size_t bytes =
      static_cast<std::size_t>(n) * static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3;
  batch.bytes = byte_memory(at::kCPU)(bytes);
  Draws pixels(number, DrawFor::kSynth);
  for (std::size_t i = 0; i < bytes; ++i) batch.bytes.get()[i] = static_cast<std::uint8_t>(pixels.next_u32() >> 24);
  std::vector<AugmentDraw> draws;
  for (int i = 0; i < n; ++i) {
    batch.labels.push_back(i % 2);
    draws.push_back(draw_augmentation(AugmentOptions{}, px, 5, number, static_cast<std::uint32_t>(i)));
  }
  make_augment_table(training ? std::span<const AugmentDraw>(draws) : std::span<const AugmentDraw>(), px, batch.table);
  return batch;
}

TEST(DeviceCrops, AreTheHostsPixelsBitForBit) {
  for (const int px : {33, 64, 112}) {
    for (const bool training : {true, false}) {
      const int n = 24;
      const CropBatch batch = byte_batch(px, static_cast<std::uint32_t>(px), n, training);
      const at::Tensor images = images_on(at::kCPU, batch, px);
      ASSERT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
      ASSERT_EQ(images.sizes().vec(), (std::vector<std::int64_t>{n, 3, px, px}));
      const std::size_t values = static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3;
      std::vector<float> wanted(values);
      for (int i = 0; i < n; ++i) {
        const std::span<const std::uint8_t> rgb(batch.bytes.get() + static_cast<std::size_t>(i) * values, values);
        if (training) {
          augment(
              rgb, px,
              draw_augmentation(AugmentOptions{}, px, 5, static_cast<std::uint32_t>(px), static_cast<std::uint32_t>(i)),
              wanted);
        } else {
          normalise(rgb, px, wanted);
        }
        const float* got = images.const_data_ptr<float>() + static_cast<std::size_t>(i) * values;
        EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), got)) << px << " px, crop " << i;
      }
    }
  }
}

TEST(LossScale, HalvesOnAnOverflowAndDoublesAfterManyGoodSteps) {
  LossScale scale;
  EXPECT_EQ(scale.value, 65536);
  EXPECT_TRUE(scale.update(true));
  EXPECT_EQ(scale.value, 32768);
  for (int step = 0; step < LossScale::kGrowAfter - 1; ++step) EXPECT_TRUE(scale.update(false));
  EXPECT_EQ(scale.value, 32768);
  EXPECT_TRUE(scale.update(true));  // the count begins anew
  for (int step = 0; step < LossScale::kGrowAfter; ++step) EXPECT_TRUE(scale.update(false));
  EXPECT_EQ(scale.value, 32768);
  while (scale.value > 1) EXPECT_TRUE(scale.update(true));
  EXPECT_FALSE(scale.update(true));
  for (int step = 0; step < 100 * LossScale::kGrowAfter; ++step) scale.update(false);
  EXPECT_EQ(scale.value, LossScale::kLargest);
}

TEST(LossScale, IsPartOfTheStateOfFp16Alone) {
  TrialOptions options;
  options.train.precision = TrainPrecision::kFp16;
  TrainState state(options), loaded(options);
  state.loss_scale = {512, 7, 3};
  read_state_json(state_json(state), loaded);
  EXPECT_EQ(loaded.loss_scale->value, 512);
  EXPECT_EQ(loaded.loss_scale->good_steps, 7);
  EXPECT_EQ(loaded.loss_scale->passed_over, 3);
  options.train.precision = TrainPrecision::kBf16;
  EXPECT_FALSE(TrainState(options).loss_scale);
}

/// Steps of the network on bytes, with a loss scale or without one, after some that overflow;
/// the weights that come of it.
struct ScaledSteps {
  explicit ScaledSteps(std::optional<double> scale, int overflows = 0)
      : group(make_loopback_communicator()), state(TrialOptions{}) {
    initialise_random(state.classifier, 3);
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
          plan, [&] { return byte_batch(32, 11, 4, true); }, [](CropBatch&&) {}, false));
    }
    step.close();
  }
  std::vector<at::Tensor> weights() const {
    std::vector<at::Tensor> all;
    for (const NamedTensor& parameter : state.classifier.parameters()) all.push_back(parameter.tensor.detach());
    for (const NamedTensor& statistic : state.classifier.running_statistics()) all.push_back(statistic.tensor);
    return all;
  }
  bool same_weights(const ScaledSteps& other) const {
    const auto mine = weights(), theirs = other.weights();
    return std::equal(mine.begin(), mine.end(), theirs.begin(),
                      [](const auto& a, const auto& b) { return at::equal(a, b); });
  }
  std::unique_ptr<Communicator> group;
  TrainState state;
  std::vector<StepOutcome> outcomes;
};

// As torch's GradScaler, which then doesn't call the optimizer: Adam's bias correction goes by its own updates.
TEST(LossScale, AStepPassedOverIsNoUpdateOfAdam) {
  const ScaledSteps plain(std::nullopt), late(1024, 3);
  EXPECT_EQ(late.state.step, 5);
  EXPECT_EQ(late.state.loss_scale->passed_over, 3);
  EXPECT_TRUE(late.same_weights(plain));
}

TEST(LossScale, AnOverflowThatNoSmallerScaleCuresIsADivergence) {
  const ScaledSteps steps(-std::ldexp(1.0, 140));  // below the smallest, and too large
  EXPECT_EQ(
      steps.outcomes[0].verdict.fault,
      (Fault{.cause = Cause::kDivergence, .text = "a gradient is not finite in fp16, though its loss scale is 1"}));
  EXPECT_EQ(steps.state.step, 0);
}

TEST(LossScale, ChangesNoBitsInF32AndPassesOverAStepThatOverflows) {
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
  initialise_random(fresh.classifier, 3);
  for (std::size_t i = 0; i < fresh.classifier.parameters().size(); ++i) {
    EXPECT_TRUE(at::equal(fresh.classifier.parameters()[i].tensor, too_large.state.classifier.parameters()[i].tensor));
  }
  for (const NamedTensor& statistic : too_large.state.classifier.running_statistics())
    EXPECT_TRUE(at::equal(statistic.tensor, at::full_like(statistic.tensor, statistic.name.ends_with("var") ? 1 : 0)));
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A trial of two epochs with augmentation and dropout, stopped and gone on with in the middle of the second.
void train(const TrialOptions& options, const std::filesystem::path& trial, int world, bool by_tensors) {
  ThreadCommunicatorOptions patient;
  patient.timeout_s = 200;
  for (const std::optional<std::int64_t> until : {std::optional<std::int64_t>(4), std::optional<std::int64_t>()}) {
    run_ranks(world, patient, [&](Communicator& group) {
      LeaseContext context;
      context.trial_dir = trial;
      context.identity = "device_path_test";
      context.until_step = until;
      context.by_tensors = by_tensors;
      run_lease(options, group, context);
    });
  }
}

TEST(DevicePath, AWholeTrialHasTheBitsOfTheHostsWayForOneAndTwoRanks) {
  const test_support::TemporaryFolder folder;
  const std::string make_stores =
      std::string(UNMASK_MAKE_TINY_STORES) + " " + (folder / "stores").string() + " 32 36 12";
  ASSERT_EQ(std::system(make_stores.c_str()), 0);
  TrialOptions options;
  options.seed = 4;
  options.data.stores = (folder / "stores").string();
  options.data.train = options.data.val = {"base"};
  options.data.test = {"augment"};
  options.model.init = "random";
  options.train.epochs = 2;
  options.train.global_batch_size = 12;
  options.train.microbatch_size = 4;
  options.train.precision = TrainPrecision::kFp32;
  options.runtime.device = Device::kCpu;
  train(options, folder / "host", 1, false);
  for (const int world : {1, 2}) {
    const auto trial = folder / ("tensors" + std::to_string(world));
    train(options, trial, world, true);
    for (const char* file : {"best.safetensors", "metrics.csv", "test.csv"})
      EXPECT_TRUE(bytes_of(trial / file) == bytes_of(folder / "host" / file)) << file << ", " << world;
  }
}

}  // namespace
}  // namespace unmask
