#include "launch/run/verdict_folder.h"

#include <fstream>
#include <iterator>
#include <optional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::time_t kDay = 1'795'834'045;  // 2026-11-28 02:47:25 UTC

std::string text_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string verdict_of(const FoundFile& file, const std::string& model) {
  return nlohmann::ordered_json({{"input", record_of(file, "").input}, {"model_digest", model}}).dump();
}

class VerdictFolderTest : public testing::Test {
 protected:
  fs::path out() const { return folder_ / "out/verdicts"; }
  fs::path journal() const { return out() / "journal.jsonl"; }
  fs::path day() const { return out() / "2026-11-28.jsonl"; }
  std::unique_ptr<VerdictFolder> open(const std::string& model = "m") {
    return std::make_unique<VerdictFolder>(out(), model, [this](const std::string& line) { notes_ += line + "\n"; });
  }
  void add(const std::vector<FoundFile>& files, const std::string& model = "m", std::time_t time = kDay) {
    std::vector<NewVerdict> verdicts;
    for (const FoundFile& file : files) verdicts.push_back({file, verdict_of(file, model)});
    open(model)->add(verdicts, time);
  }
  /// A letter for each of the three that was judged.
  std::string judged(const std::string& model = "m") {
    const auto verdicts = open(model);
    std::string letters;
    for (const FoundFile& file : {a_, b_, c_}) letters += verdicts->has(file) ? file.path.native() : "";
    return letters;
  }
  test_support::TemporaryFolder folder_{test_support::TemporaryFolder::in_memory()};
  const FoundFile a_{"a", 10, 100}, b_{"b", 20, 200}, c_{"c", 30, 300};
  std::string notes_;
};

TEST_F(VerdictFolderTest, WhatWasJudgedIsKnownLater) {
  EXPECT_EQ(judged(), "");
  add({a_, b_});
  EXPECT_EQ(judged(), "ab");
  EXPECT_EQ(judged("another model"), "");
  for (const FoundFile& changed : {FoundFile{"a", 11, 100}, FoundFile{"a", 10, 101}, FoundFile{"A", 10, 100}})
    EXPECT_FALSE(open()->has(changed));
  add({a_}, "another model");
  EXPECT_EQ(judged("another model"), "a");
  EXPECT_EQ(judged(), "ab");
  EXPECT_EQ(notes_, "");
}

TEST_F(VerdictFolderTest, AFileADay) {
  const auto verdicts = open();
  verdicts->add({{a_, verdict_of(a_, "m")}}, kDay);
  verdicts->add({{b_, verdict_of(b_, "m")}}, kDay + 86400);
  verdicts->add({}, kDay + 2 * 86400);
  EXPECT_EQ(text_in(day()), dated_verdict(verdict_of(a_, "m"), a_, kDay) + "\n");
  EXPECT_EQ(text_in(out() / "2026-11-29.jsonl"), dated_verdict(verdict_of(b_, "m"), b_, kDay + 86400) + "\n");
  EXPECT_FALSE(fs::exists(out() / "2026-11-30.jsonl"));
}

// Killed anywhere in what it wrote: the verdicts come first, then the journal.
TEST_F(VerdictFolderTest, AKillInBetweenCostsNothing) {
  add({a_});
  const std::string day_before = text_in(day()), journal_before = text_in(journal());
  add({b_, c_});
  const std::string day_after = text_in(day()), journal_after = text_in(journal());
  const std::size_t b_end = day_after.find('\n', day_before.size()) + 1;
  const auto left = [&](std::size_t day_bytes, std::size_t journal_bytes) {
    std::ofstream(day(), std::ios::binary) << day_after.substr(0, day_bytes);
    std::ofstream(journal(), std::ios::binary) << journal_after.substr(0, journal_bytes);
  };
  for (std::size_t bytes = day_before.size(); bytes <= day_after.size();
       bytes += bytes + 2 < day_after.size() ? 5 : 1) {
    left(bytes, journal_before.size());
    const std::string whole = bytes == day_after.size() ? "abc" : bytes >= b_end ? "ab" : "a";
    ASSERT_EQ(judged(), whole) << bytes;
    ASSERT_EQ(text_in(day()).size(), whole == "abc" ? day_after.size() : whole == "ab" ? b_end : day_before.size());
  }
  for (std::size_t bytes = journal_before.size(); bytes <= journal_after.size(); bytes += 7) {
    left(day_after.size(), bytes);
    ASSERT_EQ(judged(), "abc") << bytes;
    ASSERT_EQ(text_in(journal()), journal_after);
    ASSERT_EQ(text_in(day()), day_after);
  }
  EXPECT_EQ(notes_, "");
}

TEST_F(VerdictFolderTest, AJournalThatIsLostOrDamagedIsMadeUpFor) {
  add({a_, b_});
  add({c_});
  const std::string whole = text_in(journal()), day_before = text_in(day());
  fs::remove(journal());
  EXPECT_EQ(judged(), "abc");
  EXPECT_EQ(text_in(journal()), whole);
  EXPECT_EQ(notes_, "");
  std::ofstream(journal(), std::ios::binary) << "x" << whole;
  EXPECT_EQ(judged(), "abc");
  EXPECT_EQ(notes_, journal().native() + ":1: is damaged; the verdicts are read to make up for it\n");
  EXPECT_EQ(text_in(day()), day_before);
}

TEST_F(VerdictFolderTest, VerdictsMayBeTakenAway) {
  add({a_, b_});
  fs::remove(day());
  EXPECT_EQ(judged(), "ab");
  add({c_});
  EXPECT_EQ(judged(), "abc");
  EXPECT_EQ(text_in(day()), dated_verdict(verdict_of(c_, "m"), c_, kDay) + "\n");
}

TEST_F(VerdictFolderTest, OneProcessAtATime) {
  const auto first = open();
  try {
    open();
    ADD_FAILURE() << "taken";
  } catch (const RunHeld& held) {
    EXPECT_NE(std::string(held.what()).find(out().native() + ": is in use by host"), std::string::npos) << held.what();
  }
}

TEST_F(VerdictFolderTest, AFolderThatCantBeMadeIsSaid) {
  std::ofstream(folder_ / "out") << "a file";
  try {
    open();
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--out names another"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace unmask
