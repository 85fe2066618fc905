#include "launch/run/init_detector.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "launch/config/run_config_file.h"
#include "launch/run/config_resolution.h"
#include "launch/run/run_splits.h"
#include "model/files/safetensors.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;
using Names = std::vector<std::string>;

class InitDetectorTest : public testing::Test {
 protected:
  InitDetectorTest() {
    write_tiny_stores(folder_ / "stores");
    write_tiny_store(folder_ / "stores/late/train.crops", Split::kTrain, 6, 300, "late");
    write_tiny_store(folder_ / "stores/late/val.crops", Split::kVal, 4, 400, "late");
  }
  std::string detector(const std::string& trained, const std::string& format = kModelFormat) {
    const std::vector<std::byte> bytes(4);
    const std::vector<TensorBytes> tensors = {{"a", "F32", {1}, bytes}};
    write_safetensors(folder_ / "old.safetensors", "1", tensors, {{"format", format}, {"trained", trained}});
    return (folder_ / "old.safetensors").string();
  }
  /// Trains on "late", from that detector.
  RunConfig config(const std::string& init, const std::vector<std::string>& more = {}, const std::string& text = "") {
    std::vector<std::string> overrides = {"data.train=[\"late\"]", "data.replay=0.2", "model.init=\"" + init + "\""};
    overrides.insert(overrides.end(), more.begin(), more.end());
    return read_run_config(tiny_config(folder_ / "stores", text), "a.toml", overrides, ConfigFor::kEither);
  }
  std::string refused(ErrorKind kind, RunConfig config) const {
    return refusal(kind, [&] { resolve_replay(config); });
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  test_support::TemporaryFolder folder_;
};

TEST_F(InitDetectorTest, OldDatasetsAreThoseThatTheModelFileNames) {
  RunConfig made = config(detector(R"({"datasets": ["base"], "seed": 0})"));
  resolve_replay(made);
  EXPECT_EQ(made.trial.data.replay_from, Names{"base"});
  EXPECT_EQ(read_resolved_config(resolved_toml(made)).trial.data.replay_from, Names{"base"});
  EXPECT_TRUE(content_digests(made).contains("stores.base.train"));
  EXPECT_TRUE(std::ranges::any_of(run_splits(made), [](const RunSplit& split) {
    return split.dataset == "base" && split.split == Split::kTrain && split.used;
  })) << "they are looked at for leaks";
}

TEST_F(InitDetectorTest, LeaksThatItsTrainingAllowedAreSaid) {
  EXPECT_EQ(init_detector(detector(R"({"datasets": ["base"]})"))->leaks, "");
  EXPECT_NE(init_detector(detector(R"({"datasets": ["base"], "leaks": "allowed"})"))->leaks.find("allow_leaks"),
            std::string::npos);
}

TEST_F(InitDetectorTest, WithoutReplayNothingIsLookedFor) {
  RunConfig made = config(detector(R"({"datasets": ["gone"]})"), {"data.replay=0"});
  resolve_replay(made);
  EXPECT_TRUE(made.trial.data.replay_from.empty());
  EXPECT_FALSE(content_digests(made).contains("stores.base.train"));
}

TEST_F(InitDetectorTest, ASweepOverTheShareTakesThemToo) {
  RunConfig made = config(detector(R"({"datasets": ["base"]})"), {"data.replay=0"},
                          "[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"data.replay\" = { choice = [0.0, 0.3] }\n");
  resolve_replay(made);
  EXPECT_EQ(made.trial.data.replay_from, Names{"base"});
}

TEST_F(InitDetectorTest, OldStoresThatAreMissingAreNamedWithWhatToDo) {
  const std::string text = refused(ErrorKind::kData, config(detector(R"({"datasets": ["base", "gone"]})")));
  EXPECT_TRUE(has(text, "gone: no " + (folder_ / "stores/gone/train.crops").string())) << text;
  EXPECT_FALSE(has(text, "base: no")) << text;
  EXPECT_TRUE(has(text, "put these stores there")) << text;
  RunConfig said = config(detector(R"({"datasets": ["base", "gone"]})"), {"data.replay_from=[\"base\"]"});
  EXPECT_NO_THROW(resolve_replay(said));
}

TEST_F(InitDetectorTest, WhatIsNoDetectorOrSaysNothingIsRefused) {
  EXPECT_TRUE(has(refused(ErrorKind::kUsage, config(detector("{}", "unmask.weights.1"))), "is no detector of ours"));
  EXPECT_TRUE(has(refused(ErrorKind::kUsage, config(detector("{}"))), "name them in data.replay_from"));
  EXPECT_TRUE(has(refused(ErrorKind::kUsage, config(detector("no json"))), "name them in data.replay_from"));
  EXPECT_TRUE(has(refused(ErrorKind::kData, config(detector(R"({"datasets": ["../x"]})"))), "is no dataset's name"));
  EXPECT_TRUE(has(refused(ErrorKind::kData, config(detector(R"({"datasets": [1]})"))), "is no dataset's name"));
  const std::string twice = refused(ErrorKind::kUsage, config(detector(R"({"datasets": ["late", "base"]})")));
  EXPECT_TRUE(has(twice, "data.train must hold new datasets alone with data.replay, got late")) << twice;
  for (const char* word : {"random", "imagenet"}) {
    const std::string text = refusal(ErrorKind::kUsage, [&] { config(word); });
    EXPECT_TRUE(has(text, std::string("data.replay must be 0 with model.init = \"") + word + "\"")) << text;
  }
  EXPECT_FALSE(init_detector("random"));
}

}  // namespace
}  // namespace unmask
