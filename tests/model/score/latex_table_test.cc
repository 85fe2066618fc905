#include "model/score/latex_table.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(LatexTableTest, HasARowEachAndEscapesNames) {
  EvaluationRow row;
  row.dataset = "celeb_df";
  row.split = "test";
  row.group = "100% & {x}\\";
  row.videos_scored = 12;
  row.clusters = 5;
  row.by_video.auc = 0.912;
  row.by_video.eer = 0.1;
  row.video_intervals.auc = Interval{0.8, 0.95};
  const std::string table = latex_table({row});
  EXPECT_NE(table.find("celeb\\_df & test & 100\\% \\& \\{x\\}\\textbackslash{} & 12 & 5 & 91.2 [80.0, 95.0] & 10.0 & "
                       "-- & -- & -- \\\\\n"),
            std::string::npos)
      << table;
  EXPECT_EQ(table.find("\\begin{tabular}"), table.find("\\begin"));
  EXPECT_TRUE(table.ends_with("\\end{tabular}\n"));
}

}  // namespace
}  // namespace unmask
