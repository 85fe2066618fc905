#include "base/words.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

enum class Colour { kRed = 3, kBlue = 1, kUnnamed = 7 };
constexpr auto words_of(Colour) {
  using enum Colour;
  return std::to_array<Word<Colour>>({{"red", kRed}, {"dark_blue", kBlue}, {"crimson", kRed}});
}
enum class Plain { kOne };
static_assert(HasWords<Colour> && !HasWords<Plain> && !HasWords<int>);

template <typename Call>
std::string fault(ErrorKind kind, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "nothing was refused";
}

TEST(Words, AValueHasItsFirstWordAndIsReadByEach) {
  EXPECT_EQ(to_word(Colour::kRed), "red");
  EXPECT_EQ(to_word(Colour::kBlue), "dark_blue");
  EXPECT_EQ(from_word<Colour>("red"), Colour::kRed);
  EXPECT_EQ(from_word<Colour>("crimson"), Colour::kRed);
  EXPECT_EQ(from_word<Colour>("dark_blue"), Colour::kBlue);
}

TEST(Words, OnlyTheWholeWordIsOne) {
  for (const char* text : {"", "re", "redd", "Red", "red ", "blue"}) EXPECT_FALSE(from_word<Colour>(text)) << text;
}

TEST(Words, AllComeInTheTablesOrder) {
  EXPECT_EQ(all_words<Colour>(), (std::vector<std::string>{"red", "dark_blue", "crimson"}));
  EXPECT_EQ(one_of(all_words<Colour>()), "one of \"red\", \"dark_blue\", \"crimson\"");
}

TEST(Words, AnUnknownOneOfAFileIsRefusedByName) {
  EXPECT_EQ(require_word<Colour>("paint", "red"), Colour::kRed);
  EXPECT_EQ(fault(ErrorKind::kData, [] { require_word<Colour>("paint", "green"); }),
            "paint is \"green\", wanted one of \"red\", \"dark_blue\", \"crimson\"");
}

TEST(Words, AValueWithoutOneIsNeverWritten) {
  EXPECT_EQ(fault(ErrorKind::kFailed, [] { to_word(Colour::kUnnamed); }), "the value 7 of an enumeration has no word");
}

}  // namespace
}  // namespace unmask
