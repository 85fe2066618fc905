#include "report/report_page.h"

#include <gtest/gtest.h>

#include "tests/report/reported_run.h"

namespace unmask {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(ReportPage, IsOneFileThatAsksForNothing) {
  const std::string page = report_page("{}");
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  for (const char* outside : {"<link", " src=\"", "@import"}) EXPECT_EQ(count(page, outside), 0u) << outside;
  EXPECT_NE(page.find("parallelHeight"), std::string::npos) << "the page's own scripts";
  EXPECT_NE(page.find("d3js.org"), std::string::npos) << "D3, with its licence line";
  EXPECT_EQ(count(page, "{{"), 0u) << "a place that nothing filled";
}

TEST(ReportPage, NothingInTheDataEndsItsElement) {
  const std::size_t own = count(report_page("{}"), "</script>");
  for (const std::string& name : test_support::hostile_names()) {
    ReportedRun run = test_support::reported_run(1);
    run.name = name;
    EXPECT_EQ(count(report_page(report_json(run)), "</script>"), own) << name;
  }
}

}  // namespace
}  // namespace unmask
