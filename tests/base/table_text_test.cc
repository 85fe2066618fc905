#include "base/table_text.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Cells = std::vector<std::string>;

TEST(TableText, AlignsNumbersToTheRightAndWordsToTheLeft) {
  TextTable table({"trial", "auc", "state", "share"});
  table.add({"7", "0.5", "done", "12 %"});
  table.add({"12", "-", "paused", "5%"});
  table.add({"100", "10.25", "", "100%"});
  // "12 %" has a space: a column with one such cell is one of words. The first column names the row.
  EXPECT_EQ(table.text(),
            "trial    auc  state   share\n"
            "7        0.5  done    12 %\n"
            "12         -  paused  5%\n"
            "100    10.25          100%");
}

TEST(TableText, CountsLettersNotBytes) {
  TextTable table({"name", "method"});
  table.add({"grüß", "swap"});
  table.add({"greet", "real"});
  EXPECT_EQ(table.text(),
            "name   method\n"
            "grüß   swap\n"
            "greet  real");
}

TEST(TableText, ARowMayBeShort) {
  TextTable table({"a", "b"});
  table.add({"only"});
  EXPECT_EQ(table.text(), "a     b\nonly");
}

TEST(TableText, CsvIsSplitAsRfc4180Says) {
  EXPECT_EQ(split_csv("a,b,c"), (Cells{"a", "b", "c"}));
  EXPECT_EQ(split_csv(""), Cells{""});
  EXPECT_EQ(split_csv(",x,"), (Cells{"", "x", ""}));
  EXPECT_EQ(split_csv(R"("one, two","say ""no""",3)"), (Cells{"one, two", "say \"no\"", "3"}));
}

TEST(TableText, ACellOfCsvReadsBackAndStaysOnItsLine) {
  for (const std::string text : {"plain", "", "one, two", "say \"no\"", "grüß"}) {
    EXPECT_EQ(split_csv(csv_cell(text) + "," + csv_cell(text)), (Cells{text, text}));
  }
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("first\nsecond\r"), "\"first second \"");
}

}  // namespace
}  // namespace unmask
