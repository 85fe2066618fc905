#include "model/score/metrics_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

TEST(MetricsJsonTest, WhatIsNotDefinedIsNull) {
  EXPECT_EQ(metrics_json({}, {})["accuracy"], nullptr);
  DetectionMetrics metrics;
  metrics.count = 4;
  metrics.fakes = 1;
  metrics.accuracy = 0.75;
  metrics.auc = 0.5;
  MetricIntervals intervals;
  intervals.auc = Interval{0.25, 1};
  EXPECT_EQ(metrics_json(metrics, intervals).dump(),
            R"({"n":4,"fakes":1,"accuracy":0.75,"balanced_accuracy":null,"auc":0.5,"eer":null,)"
            R"("average_precision":null,"tpr_at_fpr_1":null,"tpr_at_fpr_5":null,)"
            R"("intervals":{"balanced_accuracy":null,"auc":[0.25,1.0],"eer":null,"average_precision":null,)"
            R"("tpr_at_fpr_1":null,"tpr_at_fpr_5":null}})");
}

}  // namespace
}  // namespace unmask
