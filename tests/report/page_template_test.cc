#include "report/page_template.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(PageTemplateTest, PlacesAreFilledAndWhatFillsThemIsLeftAlone) {
  EXPECT_EQ(filled_page("a {{STYLE}} b {{NOBODY}} c {{DATA}}", "{\"x\":1}", {{"STYLE", "{{DATA}}"}}),
            "a {{DATA}} b  c {\"x\":1}");
}

TEST(PageTemplateTest, DataCannotEndItsElementAndDoesNotKnowTheNonce) {
  const std::string page = filled_page("{{NONCE}} {{DATA}} {{NONCE}}", R"({"name":"</script><!--"})", {});
  EXPECT_EQ(page.find('<'), std::string::npos);
  EXPECT_NE(page.find(R"("\u003c/script>)"), std::string::npos) << page;
  const std::string nonce = page.substr(0, page.find(' '));
  EXPECT_EQ(nonce.size(), 32u);
  EXPECT_TRUE(page.ends_with(" " + nonce));
  EXPECT_FALSE(filled_page("{{NONCE}}", "{}", {}).starts_with(nonce));
}

}  // namespace
}  // namespace unmask
