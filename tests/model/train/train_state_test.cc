#include "model/train/train_state.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

TrainState drawn_state(std::uint64_t seed) {
  TrainState state{TrialOptions{}};
  initialise_random(state.classifier, seed);
  return state;
}

TEST(TrainStateTest, HoldsWeightsMomentsAndTheBestUnderTheirNames) {
  TrainState state = drawn_state(1);
  const std::size_t parameters = state.classifier.parameters().size();
  const std::size_t running = state.classifier.running_statistics().size();
  EXPECT_EQ(state_tensors(state).size(), 3 * parameters + running);
  keep_as_best(state);
  std::map<std::string, at::Tensor> by_name;
  for (const NamedTensor& named : state_tensors(state)) by_name[named.name] = named.tensor;
  EXPECT_EQ(by_name.size(), 4 * parameters + 2 * running);
  for (const char* name : {"model.conv1.weight", "model.bn1.running_mean", "adam.m.fc.weight", "adam.v.fc.weight",
                           "best.fc.bias", "best.layer4.1.bn2.running_var"})
    EXPECT_TRUE(by_name.contains(name)) << name;
  EXPECT_FALSE(by_name.contains("adam.m.bn1.running_mean"));
}

TEST(TrainStateTest, TheBestIsACopyThatLaterStepsDoNotTouch) {
  TrainState state = drawn_state(1);
  keep_as_best(state);
  const at::Tensor first = state.best.front();
  state.classifier.parameters().front().tensor.detach().add_(1);
  EXPECT_TRUE((first + 1).equal(state.classifier.parameters().front().tensor.detach()));
  keep_as_best(state);
  EXPECT_FALSE(state.best.front().equal(first)) << "replaced as a whole: whoever holds the old one keeps it";
}

TEST(TrainStateTest, JsonBringsEverythingButTheTensorsBack) {
  TrainState state = drawn_state(1), read = drawn_state(2);
  state.step = std::int64_t{1} << 40;
  state.numerics = {"one class", "another \"class\""};
  state.history.push_back({1, 17, 0.1 + 0.2, std::nullopt, 0.25, {{"base", 0.7, 0.5, std::nullopt, 1.0 / 3, 1}}});
  read_state_json(state_json(state), read);
  EXPECT_EQ(read.step, state.step);
  EXPECT_EQ(read.numerics, state.numerics);
  EXPECT_EQ(read.history, state.history);
  EXPECT_TRUE(read.best.empty());
  keep_as_best(state);
  read_state_json(state_json(state), read);
  EXPECT_EQ(read.best.size(), state.best.size()) << "room for the tensors that are read next";
  EXPECT_THROW(read_state_json("{}", read), std::exception);
}

TEST(TrainStateTest, ALossScaleIsPartOfFp16Alone) {
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

TEST(TrainStateTest, RankZerosStateIsBroadcastToAll) {
  run_ranks(3, {}, [](Communicator& group) {
    TrainState state = drawn_state(static_cast<std::uint64_t>(group.rank()));
    if (group.rank() == 0) {
      state.step = 12;
      state.numerics = {"here"};
      state.adam.exp_avg()[3].fill_(0.5);
      keep_as_best(state);
    }
    broadcast_state(state, group);
    TrainState wanted = drawn_state(0);
    wanted.adam.exp_avg()[3].fill_(0.5);
    keep_as_best(wanted);
    EXPECT_EQ(state.step, 12);
    EXPECT_EQ(state.numerics, std::vector<std::string>{"here"});
    const auto got = state_tensors(state), all = state_tensors(wanted);
    ASSERT_EQ(got.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(got[i].name, all[i].name);
      EXPECT_TRUE(at::equal(got[i].tensor, all[i].tensor)) << all[i].name;
      EXPECT_EQ(got[i].tensor.strides(), all[i].tensor.strides()) << all[i].name;
    }
  });
}

}  // namespace
}  // namespace unmask
