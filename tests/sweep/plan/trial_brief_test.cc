#include "sweep/plan/trial_brief.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

// The order and the repetitions in data.train are no reason not to compare two trials.
TEST(TrialBriefTest, ASetOfTrainingDatasetsHasOneText) {
  EXPECT_EQ(train_set({"base", "augment"}), "augment,base");
  EXPECT_EQ(train_set({"augment", "base", "base"}), "augment,base");
  EXPECT_EQ(train_set({"base"}), "base");
}

}  // namespace
}  // namespace unmask
