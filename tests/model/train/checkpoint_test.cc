#include "model/train/checkpoint.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <future>
#include <iterator>

#include "base/error.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class CheckpointFilesTest : public testing::Test {
 protected:
  CheckpointFilesTest() {
    dir_ = fs::temp_directory_path() / ("unmask-checkpoint-" + std::to_string(::getpid()));
    fs::remove_all(dir_);
    for (const int step : {1, 2}) write_checkpoint(dir_, small_snapshot(step), 1);
  }
  ~CheckpointFilesTest() override { fs::remove_all(dir_); }

  static Snapshot small_snapshot(int step) {
    return {step,
            {{"model.a", at::arange(3, at::kFloat) + step}, {"adam.m.a", at::ones({2, 1}, at::kFloat)}},
            {{"format", "unmask.checkpoint.3"}, {"identity", "x"}, {"state", "{}"}}};
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

  void expect_second_is_passed_over(const std::string& how) {
    std::vector<std::string> notes;
    EXPECT_EQ(newest_whole_checkpoint(dir_, notes), checkpoint_path(dir_, 1)) << how;
    ASSERT_EQ(notes.size(), 1u) << how;
    EXPECT_NE(notes[0].find("step-00000002.safetensors"), std::string::npos) << notes[0];
  }

  fs::path dir_;
};

TEST_F(CheckpointFilesTest, NewestIsUsedWhenWhole) {
  std::vector<std::string> notes;
  EXPECT_EQ(newest_whole_checkpoint(dir_, notes), checkpoint_path(dir_, 2));
  EXPECT_TRUE(notes.empty());
}

TEST_F(CheckpointFilesTest, EveryFlippedByteIsNamedAndTheOneBeforeUsed) {
  const std::string whole = read(checkpoint_path(dir_, 2));
  ASSERT_GT(whole.size(), 100u);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    write(checkpoint_path(dir_, 2), damaged);
    expect_second_is_passed_over("byte " + std::to_string(i));
  }
}

TEST_F(CheckpointFilesTest, EveryTruncationIsNamedAndTheOneBeforeUsed) {
  const std::string whole = read(checkpoint_path(dir_, 2));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(checkpoint_path(dir_, 2), whole.substr(0, length));
    expect_second_is_passed_over("length " + std::to_string(length));
  }
}

TEST_F(CheckpointFilesTest, NoneIsUsedWhenAllAreDamaged) {
  for (const int step : {1, 2}) write(checkpoint_path(dir_, step), "torn");
  std::vector<std::string> notes;
  EXPECT_FALSE(newest_whole_checkpoint(dir_, notes));
  EXPECT_EQ(notes.size(), 2u);
}

TEST_F(CheckpointFilesTest, OnlyTheNewestTwoStay) {
  write(dir_ / "checkpoints" / "step-00000003.safetensors.tmp-attempt-1", "left by a killed attempt");
  write_checkpoint(dir_, small_snapshot(3), 2);
  EXPECT_FALSE(fs::exists(checkpoint_path(dir_, 1)));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "checkpoints"), fs::directory_iterator()), 2);
}

TEST_F(CheckpointFilesTest, WriterReportsAFolderThatCannotBeWritten) {
  fs::remove_all(dir_ / "checkpoints");
  write(dir_ / "checkpoints", "a file where the folder should be");
  BackgroundWriter writer;
  writer.submit([&] { write_checkpoint(dir_, small_snapshot(4), 1); });
  EXPECT_THROW(writer.drain(), std::exception);
}

TEST_F(CheckpointFilesTest, WhatIsHandedInWaitsItsTurnAndNobodyWaitsForIt) {
  BackgroundWriter writer;
  std::promise<void> disk;
  std::string order;
  std::future<void> is_well = disk.get_future();
  writer.submit([&] {
    is_well.wait();
    order += "a";
  });
  writer.submit([&] { order += "b"; });  // returns, or this test never ends
  writer.submit([&] { throw std::runtime_error("disk full"); });
  writer.submit([&] { order += "d"; });
  EXPECT_TRUE(writer.busy());
  disk.set_value();
  EXPECT_THROW(writer.drain(), std::runtime_error);
  EXPECT_EQ(order, "ab");
  EXPECT_FALSE(writer.busy());
  writer.submit([&] { order += "e"; });
  writer.drain();
  EXPECT_EQ(order, "abe");
}

struct Refusal {
  ErrorKind kind = ErrorKind::kFailed;
  std::string text;
};

Refusal refusal(const fs::path& checkpoint, const std::string& identity) {
  TrainState state{TrialOptions()};
  try {
    load_checkpoint(checkpoint, identity, state);
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {ErrorKind::kFailed, "loaded"};
}

TEST_F(CheckpointFilesTest, AnotherVersionsIsRefusedWithWhatToDo) {
  Snapshot old = small_snapshot(3);
  old.metadata["format"] = "unmask.checkpoint.2";
  write_checkpoint(dir_, old, 1);
  const Refusal refused = refusal(checkpoint_path(dir_, 3), "x");
  EXPECT_EQ(refused.kind, ErrorKind::kData);
  for (const char* part : {"step-00000003.safetensors: was written by another version of unmask", "unmask.checkpoint.2",
                           "finish the run with that version, or start it anew in another --run folder"})
    EXPECT_NE(refused.text.find(part), std::string::npos) << refused.text;
}

TEST(CheckpointTest, BringsTheWholeStateBackAndRefusesAnotherExperiment) {
  const fs::path dir = fs::temp_directory_path() / ("unmask-state-" + std::to_string(::getpid()));
  TrialOptions options;
  options.model.init = "random";
  TrainState state(options);
  initialise_random(state.classifier, 3);
  state.step = 17;
  state.numerics = {"abc", "def"};
  state.history.push_back({1, 17, 0.1 + 0.2, 0.5, 0.25, {{"base", 0.7, 0.5, std::nullopt, 1.0 / 3, std::nullopt}}});
  state.adam.exp_avg()[0].fill_(0.125);
  keep_as_best(state);
  state.adam.exp_avg_sq()[3].fill_(0.5);
  write_checkpoint(dir, take_snapshot(state, "seed = 1\ntrain.epochs = 2\n"), 1);

  TrainState loaded(options);
  load_checkpoint(checkpoint_path(dir, 17), "seed = 1\ntrain.epochs = 2\n", loaded);
  EXPECT_EQ(state_json(loaded), state_json(state));
  EXPECT_EQ(loaded.history[0].lr, 0.1 + 0.2);
  const auto wanted = state_tensors(state), got = state_tensors(loaded);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_TRUE(at::equal(got[i].tensor, wanted[i].tensor)) << wanted[i].name;
    EXPECT_EQ(got[i].tensor.strides(), wanted[i].tensor.strides()) << wanted[i].name;
  }
  const Refusal another = refusal(checkpoint_path(dir, 17), "seed = 1\ntrain.epochs = 3\ntrain.new = 0\n");
  EXPECT_EQ(another.kind, ErrorKind::kUsage);
  EXPECT_NE(another.text.find(":\n  it has train.epochs = 2\n  wanted train.epochs = 3\n  wanted train.new = 0\n"),
            std::string::npos)
      << another.text;
  fs::remove_all(dir);
}

}  // namespace
}  // namespace unmask
