#include "launch/config/config_keys.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using Texts = std::vector<std::string>;

enum class Colour { kRed, kGreen };
constexpr auto words_of(Colour) {
  using enum Colour;
  return std::to_array<Word<Colour>>({{"red", kRed}, {"green", kGreen}});
}

/// One of every type that a key may have.
struct Options {
  bool on = false;
  int count = 1;
  std::int64_t large = 2;
  std::uint64_t seed = 3;
  double rate = 0.5;
  std::string folder = "here";
  Texts names = {"a"};
  Colour colour = Colour::kRed;

  std::vector<ConfigKey> keys() {
    return {{"seed", &seed},         {"paint.on", &on},       {"paint.count", &count},
            {"paint.large", &large}, {"paint.rate", &rate},   {"paint.folder", &folder, KeyRole::kPath, true},
            {"wall.names", &names},  {"wall.colour", &colour}};
  }
};

Texts faults_of(const std::string& text, Options& options, const Texts& open = {}) {
  return read_keys(parse_config(text, "a.toml", {}), options.keys(), open);
}

TEST(ConfigKeysTest, EveryTypeIsReadAndWrittenBack) {
  Options options;
  const std::string text =
      "seed = 9\npaint.on = true\npaint.count = -4\npaint.large = 99999999999\npaint.rate = 2\n"
      "paint.folder = \"there\"\nwall.names = []\nwall.colour = \"green\"\n";
  EXPECT_TRUE(faults_of(text, options).empty());
  EXPECT_EQ(options.seed, 9u);
  EXPECT_TRUE(options.on);
  EXPECT_EQ(options.count, -4);
  EXPECT_EQ(options.large, 99999999999);
  EXPECT_EQ(options.rate, 2.0);  // a whole number is a number
  EXPECT_EQ(options.folder, "there");
  EXPECT_TRUE(options.names.empty());
  EXPECT_EQ(options.colour, Colour::kGreen);
  EXPECT_EQ(keys_toml(options.keys()),
            "seed = 9\n\n[paint]\non = true\ncount = -4\nlarge = 99999999999\nrate = 2.0\nfolder = \"there\"\n"
            "\n[wall]\nnames = []\ncolour = \"green\"\n");
}

TEST(ConfigKeysTest, WhatDoesNotFitSaysWhatWasWanted) {
  Options options;
  const Texts faults = faults_of(
      "seed = -1\n[paint]\non = 1\ncount = 2147483648\nlarge = 1.5\nrate = inf\nfolder = 3\n[wall]\nnames = \"a\"\n"
      "colour = \"gren\"\n",
      options);
  EXPECT_EQ(faults,
            (Texts{"a.toml:1: seed: wanted an integer between 0 and 9223372036854775807, got -1",
                   "a.toml:3: paint.on: wanted true or false, got 1",
                   "a.toml:4: paint.count: wanted an integer between -2147483648 and 2147483647, got 2147483648",
                   "a.toml:5: paint.large: wanted an integer, got 1.5",
                   "a.toml:6: paint.rate: wanted a finite number, got inf",
                   "a.toml:7: paint.folder: wanted text in quotes, got 3",
                   "a.toml:9: wall.names: wanted a list of texts, such as [\"base\", \"augment\"], got \"a\"",
                   "a.toml:10: wall.colour: wanted one of \"red\", \"green\", got \"gren\"; did you mean \"green\"?"}));
  EXPECT_EQ(options.count, 1);  // untouched
  EXPECT_EQ(options.colour, Colour::kRed);
}

TEST(ConfigKeysTest, UnknownAndMissingKeysAreNamed) {
  Options options;
  EXPECT_EQ(faults_of("sede = 1\n[pant]\ncount = 2\n[wall.colour]\nx = 1\n[sky]\n[paint]\n", options),
            (Texts{"a.toml:1: sede: unknown key; did you mean seed?",
                   "a.toml:3: pant.count: unknown key; did you mean paint.count?",
                   "a.toml:5: wall.colour.x: unknown key; did you mean wall.colour?", "a.toml:6: sky: unknown key",
                   "a.toml: paint.folder: is missing, and has no default"}));
  EXPECT_EQ(faults_of("paint = 3\n", options).at(0), "a.toml:1: paint: wanted a section [paint], got 3");
  // A key that stands in a line that can't be read is not called missing.
  EXPECT_EQ(faults_of("paint.folder = \n", options).size(), 1u);
}

TEST(ConfigKeysTest, OpenTablesAreLeftToOthers) {
  Options options;
  EXPECT_TRUE(faults_of("paint.folder = \"x\"\n[content]\n\"any.thing\" = 1\n", options, {"content"}).empty());
}

TEST(ConfigKeysTest, VariablesAreExpandedInPathsOnly) {
  Options options;
  ::setenv("UNMASK_TEST_FOLDER", "/data", 1);
  EXPECT_TRUE(faults_of("paint.folder = \"${UNMASK_TEST_FOLDER}/a${UNMASK_TEST_FOLDER}\"\n"
                        "wall.names = [\"${UNMASK_TEST_FOLDER}\"]\n",
                        options)
                  .empty());
  EXPECT_EQ(options.folder, "/data/a/data");
  EXPECT_EQ(options.names, Texts{"${UNMASK_TEST_FOLDER}"});
  EXPECT_EQ(faults_of("paint.folder = \"${UNMASK_TEST_NOTHING}\"\n", options),
            Texts{"a.toml:1: paint.folder: ${UNMASK_TEST_NOTHING} is not set in the environment"});
  EXPECT_EQ(faults_of("paint.folder = \"${UNMASK\"\n", options), Texts{"a.toml:1: paint.folder: ${ without }"});
}

TEST(ConfigKeysTest, FaultsOfValuesGetThePlaceOfTheirKey) {
  Options options;
  const ConfigDocument document = parse_config("paint.count = 2\nspace.paint.rate = 1\n", "a.toml", {});
  EXPECT_EQ(place_faults(document, options.keys(),
                         {"paint.count must be odd", "paint.rate must be small", "space.paint.rate is no range",
                          "nothing is right"}),
            (Texts{"a.toml:1: paint.count must be odd", "a.toml: paint.rate must be small",
                   "a.toml:2: space.paint.rate is no range", "a.toml: nothing is right"}));
}

TEST(ConfigKeysTest, AllFaultsAreThrownAsOneError) {
  const auto thrown = [](const Texts& faults) {
    try {
      throw_faults(faults);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(thrown({}), "nothing");
  EXPECT_EQ(thrown({"a: b"}), "a: b");
  EXPECT_EQ(thrown({"a: b", "c: d"}), "2 faults in the config:\n  a: b\n  c: d");
}

TEST(ConfigKeysTest, AConfigFileIsARegularFileOfAFewKilobytes) {
  const test_support::TemporaryFolder folder;
  write_file_durably(folder / "a.toml", "seed = 1\n");
  write_file_durably(folder / "large.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(read_config_file((folder / "a.toml").string()), "seed = 1\n");
  for (const std::string& file : {(folder / "none.toml").string(), (folder / "large.toml").string(),
                                  folder.path().string(), std::string("/dev/null")}) {
    try {
      read_config_file(file);
      ADD_FAILURE() << file << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find(file), std::string::npos) << error.what();
    }
  }
}

TEST(ConfigKeysTest, ACountMayBeAll) {
  int kept = 3;
  const std::vector<ConfigKey> keys = {{"keep", CountField{&kept, 99}}};
  const auto read = [&](const std::string& text) { return read_keys(parse_config(text, "a.toml", {}), keys); };
  EXPECT_EQ(read("keep = \"all\"\n"), Texts{});
  EXPECT_EQ(kept, 99);
  EXPECT_EQ(keys_toml(keys), "keep = \"all\"\n");
  EXPECT_EQ(read("keep = 7\n"), Texts{});
  EXPECT_EQ(keys_toml(keys), "keep = 7\n");
  EXPECT_EQ(read("keep = \"some\"\n"), Texts{"a.toml:1: keep: wanted an integer or \"all\", got \"some\""});
  EXPECT_EQ(read("keep = 0.5\n"), Texts{"a.toml:1: keep: wanted an integer or \"all\", got 0.5"});
}

}  // namespace
}  // namespace unmask
