#include "launch/run/config_resolution.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/error.h"
#include "data/store/crop_store.h"
#include "launch/config/run_config_file.h"
#include "sweep/run/run_folder.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Content = std::map<std::string, std::string>;

class ConfigResolutionTest : public testing::Test {
 protected:
  ConfigResolutionTest() { write_tiny_stores(folder_ / "stores"); }
  RunConfig config(const std::string& more = "", const std::vector<std::string>& overrides = {}) const {
    return read_run_config(tiny_config(folder_ / "stores", more), "a.toml", overrides, ConfigFor::kEither);
  }
  std::string fingerprint(const std::string& store) const {
    return to_hex(CropStore(folder_ / ("stores/" + store)).fingerprint());
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(ConfigResolutionTest, ContentIsThatOfTheStoresAndWeights) {
  EXPECT_EQ(content_digests(config()), (Content{{"stores.base.train", fingerprint("base/train.crops")},
                                                {"stores.base.val", fingerprint("base/val.crops")}}));
  RunConfig weights = config("", {"data.val=[\"base\"]"});
  weights.trial.model.init = write_text(folder_ / "w.safetensors", "abc");
  EXPECT_EQ(content_digests(weights).at("weights"), "06b05ab6733a618578af5f94892f3950");  // xxhsum -H2 of "abc"
}

TEST_F(ConfigResolutionTest, AMissingStoreIsNamedUnlessItFailsOneTrialOnly) {
  try {
    content_digests(config("", {"data.train=[\"base\", \"wild\"]"}));
    ADD_FAILURE() << "wild is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("wild/train.crops"), std::string::npos) << error.what();
  }
  const std::string sweep =
      "[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"data.train\" = { choice = [[\"base\"], [\"base\", \"wild\"]] }\n";
  EXPECT_EQ(content_digests(config(sweep)).size(), 2u);
  EXPECT_THROW(content_digests(config(sweep, {"data.val=[\"base\", \"wild\"]"})), Error);  // all trials need it
}

TEST_F(ConfigResolutionTest, WeightsMayBeNamedAsARun) {
  const RunFolder run(folder_ / "run");
  fs::create_directories(run.chosen());
  write_text(run.chosen_model(), "a model");
  RunConfig made = config();
  resolve_init(made);
  EXPECT_EQ(made.trial.model.init, "random");
  made.trial.model.init = run.root().string();
  resolve_init(made);
  EXPECT_EQ(made.trial.model.init, run.chosen_model().string());
  made.trial.model.init = (folder_ / "none").string();
  EXPECT_THROW(resolve_init(made), Error);
}

TEST_F(ConfigResolutionTest, AutoIsDecidedOnceAndThenTheRunsOwn) {
  RunConfig made = config("", {"train.precision=\"auto\""});
  resolve_arithmetic(made);
  EXPECT_NE(made.trial.train.precision, TrainPrecision::kAuto);
  EXPECT_NE(made.trial.train.bf16_arithmetic, Bf16Arithmetic::kAuto);
  RunConfig recorded = made;
  recorded.trial.train.precision = TrainPrecision::kFp16;  // of another machine
  RunConfig resumed = config("", {"train.precision=\"auto\""});
  resolve_arithmetic(resumed, &recorded);
  EXPECT_EQ(resumed.trial.train.precision, TrainPrecision::kFp16);
  RunConfig said = config();
  resolve_arithmetic(said, &recorded);
  EXPECT_EQ(said.trial.train.precision, TrainPrecision::kFp32);  // as the config says
}

TEST_F(ConfigResolutionTest, NumericsDependOnArithmeticAndOnCrops) {
  const std::string fp32 = run_numerics(config(), 0);
  EXPECT_EQ(run_numerics(config(), 0), fp32);
  EXPECT_NE(fp32.find("fp32"), std::string::npos) << fp32;
  EXPECT_NE(run_numerics(config("", {"train.threads_per_rank=2"}), 0), fp32);
  // Where no store is there, crops of 224 px are taken, and other bits come of them.
  EXPECT_NE(run_numerics(config("", {"data.stores=\"none\""}), 0), fp32);
}

}  // namespace
}  // namespace unmask
