#include "model/score/optional_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using nlohmann::json;

TEST(OptionalJson, WhatIsThereIsWrittenAndWhatIsMissingIsNull) {
  EXPECT_EQ(json_or_null(std::optional(0.1)).dump(), "0.1");
  EXPECT_EQ(json_or_null(std::optional<double>()).dump(), "null");
  EXPECT_EQ(json_or_null(std::optional<Interval>({0.25, 0.5})).dump(), "[0.25,0.5]");
  EXPECT_EQ(json_or_null(std::optional<Interval>()).dump(), "null");
}

TEST(OptionalJson, IsReadAsItWasWritten) {
  EXPECT_EQ(optional_number(json::parse("0.1")), 0.1);
  EXPECT_EQ(optional_number(json::parse("3")), 3.0);
  EXPECT_EQ(optional_number(json()), std::nullopt);
  const auto interval = optional_interval(json::parse("[0.25,0.5]"));
  ASSERT_TRUE(interval.has_value());
  EXPECT_EQ(interval->low, 0.25);
  EXPECT_EQ(interval->high, 0.5);
  EXPECT_FALSE(optional_interval(json()).has_value());
}

TEST(OptionalJson, AnythingElseIsRefused) {
  EXPECT_THROW(optional_number(json("0.1")), json::exception);
  EXPECT_THROW(optional_interval(json(0.1)), json::exception);
  EXPECT_THROW(optional_interval(json::parse("[0.25]")), json::exception);
}

}  // namespace
}  // namespace unmask
