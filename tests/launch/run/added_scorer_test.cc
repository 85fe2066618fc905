// With models that were trained, ranks and a kill: tests/launch/refresh.py.
#include "launch/run/added_scorer.h"

#include <gtest/gtest.h>

#include "launch/run/chosen_calibration.h"
#include "model/files/safetensors.h"
#include "sweep/run/added_scores.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;

class AddedScorerTest : public testing::Test {
 protected:
  AddedScorerTest() : run_(folder_ / "run"), store_(folder_ / "stores/wild/test.crops") {
    make_whole_run(run_.root());
    write_tiny_store(store_, Split::kTest, 4, 0, "wild");
  }
  test_support::TemporaryFolder folder_;
  RunFolder run_;
  std::filesystem::path store_;
  Session session_{nullptr};
};

TEST_F(AddedScorerTest, TrialsWithoutWeightsAreNamedAndTheOthersAreWorkOnce) {
  std::filesystem::create_directories(run_.trial(2));
  const std::vector<std::byte> bytes(4);
  const std::vector<TensorBytes> tensors = {{"a", "F32", {1}, bytes}};
  write_safetensors(run_.best_model(2), "1", tensors, {});
  std::filesystem::create_directories(run_.trial(5));
  write_text(run_.best_model(5), "no weights");
  const AddedWork work = added_work(session_, run_, {store_});
  ASSERT_EQ(work.tasks.size(), 1u);
  EXPECT_EQ(work.tasks[0].trial, 2);
  EXPECT_EQ(work.tasks[0].model, run_.best_model(2));
  EXPECT_NE(work.left_out.find("trial 0000 is left out: its weights are gone (sweep.keep_best)\n"), std::string::npos)
      << work.left_out;
  EXPECT_NE(work.left_out.find("trial 0004 is left out: it failed\n"), std::string::npos) << work.left_out;
  EXPECT_NE(work.left_out.find("trial 0005 is left out: " + run_.best_model(5).string()), std::string::npos);

  AddedScores added;
  const std::string fingerprint = to_hex(CropStore(store_).fingerprint());
  AddedTrial& known = added_store(added, {"wild", "test", fingerprint}).trials[2];
  known = {uncalibrated_digest(run_.best_model(2)), {"wild"}};
  write_added_scores(run_, added);
  EXPECT_TRUE(added_work(session_, run_, {store_}).tasks.empty());
  EXPECT_EQ(added_work(session_, run_, {store_}).known, 1);
  known.model_digest = "of other weights";
  write_added_scores(run_, added);
  EXPECT_EQ(added_work(session_, run_, {store_}).tasks.size(), 1u);
  known.model_digest = uncalibrated_digest(run_.best_model(2));
  write_added_scores(run_, added);
  write_tiny_store(store_, Split::kTest, 6, 0, "wild");
  EXPECT_EQ(added_work(session_, run_, {store_}).tasks.size(), 1u) << "the store is another";
}

TEST_F(AddedScorerTest, WhatIsNoRunOrNoStoreIsRefused) {
  EXPECT_NE(refusal(ErrorKind::kUsage, [&] { added_work(session_, RunFolder(folder_ / "none"), {store_}); })
                .find("holds no run"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { added_work(session_, run_, {folder_ / "none.crops"}); }).find("none.crops"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kUsage,
                    [&] {
                      added_work(session_, run_, {store_, store_});
                    })
                .find("wild.test is named twice"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
