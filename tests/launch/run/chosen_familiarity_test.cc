// With a run: tests/launch/predict_page.py.
#include "launch/run/chosen_familiarity.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/model/drawn_model.h"
#include "tests/model/tiny_stores.h"

namespace unmask {
namespace {

class ChosenFamiliarityTest : public testing::Test {
 protected:
  ChosenFamiliarityTest() {
    make_tiny_stores(folder_ / "stores", {.px = 32, .train = 2, .val = 260});
    const std::vector<std::string> base = {"base"};
    samples_.emplace(folder_ / "stores", base, Split::kVal);
    write_drawn_model(folder_ / "model", samples_->store(0).preprocessing_json(), 32);
    for (std::uint32_t i = 0; i < samples_->size(); ++i) fold_of_.push_back(i / 6 % kFamiliarityFolds);
  }
  Familiarity fit(const std::vector<std::uint32_t>& folds, bool stop = false) {
    return fit_chosen_familiarity(folder_ / "model", *samples_, folds, "val", {}, [&] { return stop; });
  }
  test_support::TemporaryFolder folder_;
  std::optional<SampleList> samples_;
  std::vector<std::uint32_t> fold_of_;
};

TEST_F(ChosenFamiliarityTest, IsOfAllFacesAndTheSameEachTime) {
  const Familiarity familiarity = fit(fold_of_);
  EXPECT_EQ(familiarity.faces, static_cast<std::int64_t>(samples_->size()));
  EXPECT_EQ(familiarity.gaussian.mean.size(), 512u);
  EXPECT_GT(familiarity.limits.distance, 0);
  EXPECT_GT(familiarity.limits.sharpness, 0);
  const Familiarity again = fit(fold_of_);
  EXPECT_EQ(to_json(again), to_json(familiarity));
  EXPECT_EQ(again.gaussian.covariance, familiarity.gaussian.covariance);
}

TEST_F(ChosenFamiliarityTest, AStopEndsItAndOneFoldIsRefused) {
  EXPECT_THROW(fit(fold_of_, /*stop=*/true), Error);
  EXPECT_THROW(fit(std::vector<std::uint32_t>(fold_of_.size(), 1)), Error);
}

}  // namespace
}  // namespace unmask
