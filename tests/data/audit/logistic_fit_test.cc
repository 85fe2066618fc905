#include "data/audit/logistic_fit.h"

#include <array>

#include <gtest/gtest.h>

#include "tests/data/audit/probe_rows.h"

namespace unmask {
namespace {

void expect_scores(const LogisticFit& fit, const std::vector<FeatureRow>& rows, const std::array<double, 4>& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(fit.score(rows[i]), wanted.at(i), 1e-6);
}

// Numbers by logistic_reference.py.
TEST(LogisticFitTest, IsScikitLearns) {
  const std::vector<FeatureRow> rows = test::rows_of(60, 3);
  const std::vector<std::uint8_t> labels = test::labels_of(60);
  expect_scores(LogisticFit(rows, labels, 1), rows, {-0.60763979, -0.60844434, -1.48462805, -0.82932986});
  expect_scores(LogisticFit(rows, labels, 2), rows, {-0.13343558, -0.78631102, -1.04171057, -0.78935455});
}

TEST(LogisticFitTest, LabelsThatAreQuiteApartGiveFiniteScores) {
  std::vector<FeatureRow> rows = test::rows_of(60, 2);
  const std::vector<std::uint8_t> labels = test::labels_of(60);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i][0] = labels[i] * 5 + static_cast<double>(i) / 100;
  expect_scores(LogisticFit(rows, labels, 2), rows, {2.49438013, -3.62949866, -3.65188087, 2.60475409});
}

TEST(LogisticFitTest, AColumnThatNeverChangesTellsNothing) {
  std::vector<FeatureRow> rows = test::rows_of(60, 3);
  const std::vector<std::uint8_t> labels = test::labels_of(60);
  for (FeatureRow& row : rows) row.push_back(1e6 + 0.1);
  expect_scores(LogisticFit(rows, labels, 1), rows, {-0.60763979, -0.60844434, -1.48462805, -0.82932986});
}

}  // namespace
}  // namespace unmask
