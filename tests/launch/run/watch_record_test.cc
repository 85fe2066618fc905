#include "launch/run/watch_record.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/score/verdict.h"

namespace unmask {
namespace {

constexpr std::time_t kTime = 1'795'834'045;  // date -u -d @1795834045: 2026-11-28 02:47:25

FoundFile odd_file() { return {"in/new\nline \"\xff\\.mp4", 1'234'567'890'123, 1'795'834'045'987'654'321}; }

std::string verdict_of(const FoundFile& file) {
  JudgedInput input;
  input.name = record_of(file, "").input;
  input.status = "ok";
  input.frames = 3;
  input.faces = {{1, 40000, 0, {1, 2, 60, 60}, 0.1}, {2, 80000, 0, {1, 2, 60, 60}, 1.0 / 3}};
  judge(input, {});
  return verdict_json(input, {}, "abc");
}

TEST(WatchRecordTest, AVerdictKeepsItsBytesAndGetsThreeKeys) {
  const std::string plain = verdict_of(odd_file());
  const std::string dated = dated_verdict(plain, odd_file(), kTime);
  EXPECT_EQ(dated, plain.substr(0, plain.size() - 1) +
                       R"(,"bytes":1234567890123,"modified_ns":1795834045987654321,"judged":"2026-11-28T02:47:25Z"})");
  EXPECT_EQ(dated.find('\n'), std::string::npos);
}

TEST(WatchRecordTest, AVerdictTellsWhatItIsOf) {
  EXPECT_EQ(record_in(dated_verdict(verdict_of(odd_file()), odd_file(), kTime)), record_of(odd_file(), "abc"));
  for (const char* line : {"", "{}", "[]", "null", "\xff", R"({"model_digest":1,"input":"","bytes":1,"modified_ns":1})",
                           R"({"model_digest":"","input":"","bytes":1})"})
    EXPECT_FALSE(record_in(line)) << line;
}

TEST(WatchRecordTest, DifferentPathsAreDifferentInputs) {
  EXPECT_NE(record_of({"\n"}, "").input, record_of({"\\x0a"}, "").input);
}

TEST(WatchRecordTest, AJournalsLineComesBack) {
  const JournalEntry entry = {record_of(odd_file(), "abc"), "2026-11-28.jsonl", 4711};
  const std::string line = journal_line(entry);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(entry_in(line), entry);
  EXPECT_EQ(nlohmann::json::parse(line).at("format"), "unmask.watch.1");
  for (std::size_t cut = 0; cut + 2 < line.size(); ++cut) EXPECT_FALSE(entry_in(line.substr(0, cut))) << cut;
  EXPECT_FALSE(entry_in(journal_line({entry.record, "../x.jsonl", 1})));
  EXPECT_FALSE(entry_in(dated_verdict(verdict_of(odd_file()), odd_file(), kTime)));
}

TEST(WatchRecordTest, AFileADay) {
  EXPECT_EQ(day_file(kTime), "2026-11-28.jsonl");
  EXPECT_EQ(day_file(1'795'910'399), "2026-11-28.jsonl");  // the day's last second
  EXPECT_EQ(day_file(1'795'910'400), "2026-11-29.jsonl");
  EXPECT_TRUE(is_day_file("2026-11-28.jsonl"));
  for (const char* name : {"", "journal.jsonl", "2026-11-28.jsonl.gz", "2026-1-28.jsonl", "x2026-11-28.jsonl"})
    EXPECT_FALSE(is_day_file(name)) << name;
}

}  // namespace
}  // namespace unmask
