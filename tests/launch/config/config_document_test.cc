#include "launch/config/config_document.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Texts = std::vector<std::string>;

template <typename T>
T value_of(const ConfigDocument& document, const std::string& key) {
  const ConfigEntry* entry = document.find(key);
  if (entry == nullptr) throw std::runtime_error("no " + key);
  return std::get<T>(entry->value);
}

TEST(ConfigDocumentTest, EveryLeafHasItsDottedKeyTypeAndLine) {
  const ConfigDocument document = parse_config(
      "seed = 0x10\n[train]\nepochs = 3 # three\nnames = ['a', \"b\"]\n[train.deep]\nrate = 1e-3\non = true\n"
      "day = 1979-05-27\nmixed = [1, \"b\"]\n[empty]\n",
      "a.toml", {});
  EXPECT_TRUE(document.faults.empty());
  EXPECT_EQ(value_of<std::int64_t>(document, "seed"), 16);
  EXPECT_EQ(value_of<std::int64_t>(document, "train.epochs"), 3);
  EXPECT_EQ(document.find("train.epochs")->where, "a.toml:3");
  EXPECT_EQ(value_of<Texts>(document, "train.names"), (Texts{"a", "b"}));
  EXPECT_EQ(value_of<double>(document, "train.deep.rate"), 0.001);
  EXPECT_EQ(document.find("train.deep.rate")->line, 6u);
  EXPECT_TRUE(value_of<bool>(document, "train.deep.on"));
  EXPECT_EQ(value_of<ConfigEntry::Other>(document, "train.deep.day").type, "date");
  EXPECT_EQ(value_of<ConfigEntry::Other>(document, "train.deep.mixed").items.size(), 2u);
  EXPECT_EQ(value_of<ConfigEntry::Other>(document, "empty").type, "table");
  EXPECT_EQ(document.find("train"), nullptr);  // a section is no leaf
}

TEST(ConfigDocumentTest, OverridesReplaceAndComeLast) {
  const ConfigDocument document =
      parse_config("[train]\nepochs = 3\nselect = \"f1\"\n", "a.toml", {"train.epochs=5", "seed=7", "train.epochs=6"});
  ASSERT_EQ(document.entries.size(), 3u);
  EXPECT_EQ(document.entries[0].key, "train.select");
  EXPECT_EQ(value_of<std::int64_t>(document, "train.epochs"), 6);
  EXPECT_EQ(document.find("train.epochs")->where, "--set");
  EXPECT_EQ(parse_config("", "a.toml", {"x"}).faults, Texts{"--set x: wanted key=value, such as --set train.epochs=2"});
  EXPECT_EQ(parse_config("", "a.toml", {"head=hidden"}).faults,
            Texts{"--set head=hidden: not a TOML value; text needs quotes: --set 'head=\"hidden\"'"});
}

TEST(ConfigDocumentTest, AnOverrideIsReadAsALineOfTheFile) {
  const auto keys = [](const std::string& text, const Texts& overrides) {
    const ConfigDocument document = parse_config(text, "a.toml", overrides, "space");
    EXPECT_EQ(document.faults, Texts{});
    std::string names;
    for (const ConfigEntry& entry : document.entries) names += entry.key + " " + describe(entry) + "; ";
    return names;
  };
  EXPECT_EQ(keys("[train]\nepochs = 3\nseed = 1\n", {"train={epochs=77, deep={on=true}}"}),
            "train.seed 1; train.deep.on true; train.epochs 77; ");
  const std::string space = "[space]\n\"a.b\" = { choice = [1, 2] }\nc = { integer = [1, 2] }\n";
  const std::string wanted = "space.c { integer = [ 1, 2 ] } (table); space.a.b { uniform = [ 3, 4 ] } (table); ";
  for (const char* override_text :
       {"space.\"a.b\"={uniform=[3, 4]}", "space.a.b={uniform=[3, 4]}", "space={\"a.b\"={uniform=[3, 4]}}"})
    EXPECT_EQ(keys(space, {override_text}), wanted) << override_text;
  for (const char* key : {"a b", "a\nb", "[a]\nb", "a.", "\"a"}) {
    const Texts faults = parse_config("", "a.toml", {std::string(key) + "=1"}).faults;
    ASSERT_EQ(faults.size(), 1u) << key;
    EXPECT_NE(faults[0].find("not a key"), std::string::npos) << faults[0];
  }
}

TEST(ConfigDocumentTest, InAnOpenTableATableOfValuesIsOneEntry) {
  const std::string text = "[space]\n\"a.b\" = { choice = [1, 2] }\nc.d = { integer = [1, 2], when = { e = 3 } }\n";
  const ConfigDocument open = parse_config(text, "a.toml", {}, "space");
  ASSERT_EQ(open.entries.size(), 2u);
  EXPECT_EQ(open.entries[0].key, "space.a.b");
  EXPECT_EQ(open.entries[1].key, "space.c.d");
  EXPECT_EQ(std::get<ConfigEntry::Other>(open.entries[1].value).items.size(), 2u);
  EXPECT_EQ(parse_config(text, "a.toml", {}).entries[0].key, "space.a.b.choice");
}

TEST(ConfigDocumentTest, ALineThatIsNoTomlHidesNoOther) {
  const ConfigDocument document = parse_config("a = 1\nb = \nc = 3\n= 4\n", "a.toml", {});
  EXPECT_TRUE(document.syntax_faults);
  ASSERT_EQ(document.faults.size(), 2u);
  EXPECT_EQ(document.faults[0].find("a.toml:2: not TOML: "), 0u) << document.faults[0];
  EXPECT_EQ(document.faults[1].find("a.toml:4: not TOML: "), 0u) << document.faults[1];
  EXPECT_EQ(value_of<std::int64_t>(document, "c"), 3);
}

TEST(ConfigDocumentTest, OneValueIsReadAloneOrNotAtAll) {
  EXPECT_EQ(std::get<double>(parse_value("k", "1.5", "here")->value), 1.5);
  EXPECT_EQ(parse_value("k", "1.5", "here")->where, "here");
  EXPECT_FALSE(parse_value("k", "1.5\nw = 2", "here"));  // a second key
  EXPECT_FALSE(parse_value("k", "linear", "here"));
  EXPECT_FALSE(parse_value("k", "", "here"));
}

TEST(ConfigDocumentTest, ItemsOfAListOfAnyKind) {
  const auto items = [](const std::string& text) { return list_items(*parse_value("k", text, "")); };
  EXPECT_EQ(std::get<std::string>(items("[\"a\", \"b\"]")->at(1).value), "b");
  EXPECT_EQ(std::get<std::int64_t>(items("[1, \"b\"]")->at(0).value), 1);
  EXPECT_TRUE(items("[]")->empty());
  EXPECT_FALSE(items("3"));
  EXPECT_FALSE(items("{ a = 1 }"));
}

TEST(ConfigDocumentTest, NumbersReadBackTheSame) {
  EXPECT_EQ(float_toml(1), "1.0");
  EXPECT_EQ(float_toml(0.1), "0.1");
  EXPECT_EQ(float_toml(1e-5), "1e-05");
  EXPECT_EQ(float_toml(12.345678901234567), "12.345678901234567");
  EXPECT_EQ(float_toml(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(float_toml(std::nan("")), "nan");
  for (const double value : {1.0, 5e-324, 1.7976931348623157e308, 0.30000000000000004}) {
    EXPECT_EQ(std::get<double>(parse_value("k", float_toml(value), "")->value), value);
  }
}

TEST(ConfigDocumentTest, AnyTextReadsBackTheSame) {
  EXPECT_EQ(quoted_toml("a \"b\" \\"), R"("a \"b\" \\")");
  EXPECT_EQ(quoted_toml("\n\x7F"), R"("\u000A\u007F")");
  const std::string text = "tab\t \"quote\" \\ gr\u00fc\u00df\x01";
  EXPECT_EQ(std::get<std::string>(parse_value("k", quoted_toml(text), "")->value), text);
}

TEST(ConfigDocumentTest, MessagesShowWhatWasWritten) {
  const auto shown = [](const std::string& text) { return describe(*parse_value("k", text, "")); };
  EXPECT_EQ(shown("true"), "true");
  EXPECT_EQ(shown("[\"a\", \"b\"]"), "[\"a\", \"b\"]");
  EXPECT_EQ(shown("1979-05-27"), "1979-05-27 (date)");
  EXPECT_EQ(shown("\"" + std::string(500, 'x') + "\""), "\"" + std::string(76, 'x') + "...");
}

}  // namespace
}  // namespace unmask
