#include "data/printable.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(Printable, KeepsUtf8AndKeepsDifferentNamesDifferent) {
  EXPECT_EQ(printable("plain_ä_漢_😀"), "plain_ä_漢_😀");
  EXPECT_EQ(printable("a\nb\x1b[31m"), "a\\x0ab\\x1b[31m");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // a control character of two bytes
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xe6\xbc"), "\\xe6\\xbc");           // cut off
  EXPECT_NE(printable("\\xff"), printable("\xff"));
}

}  // namespace
}  // namespace unmask
