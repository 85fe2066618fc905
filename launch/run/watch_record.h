// What `unmask watch` keeps of an input that it judged: a line of a day's verdicts, and one of the journal
// (docs/formats.md). Pure.
//
//   const std::string verdict = dated_verdict(verdict_json(input, options, digest), file, std::time(nullptr));
//   const std::string line = journal_line(*record_in(verdict), "2026-11-28.jsonl", 4711);
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

#include "launch/run/folder_scan.h"

namespace unmask {

/// What was judged, and by which model.
struct WatchRecord {
  std::string model_digest, input;  // the second as verdicts name it: printable, and another for each path
  std::int64_t bytes = 0, modified_ns = 0;
  bool operator==(const WatchRecord&) const = default;
};
WatchRecord record_of(const FoundFile& file, const std::string& model_digest);

/// Where a verdict ends in the file of its day.
struct JournalEntry {
  WatchRecord record;
  std::string file;
  std::uint64_t end = 0;
  bool operator==(const JournalEntry&) const = default;
};

/// A verdict as `predict --json` writes it, a line without its end, with the file's bytes, its time, and when it was
/// judged.
std::string dated_verdict(const std::string& verdict, const FoundFile& file, std::time_t judged);
/// Of which input such a line is; nothing if it is none.
std::optional<WatchRecord> record_in(const std::string& verdict);

/// With its end.
std::string journal_line(const JournalEntry& entry);
/// Nothing if it is none.
std::optional<JournalEntry> entry_in(const std::string& journal_line);

/// "2026-11-28.jsonl", by UTC.
std::string day_file(std::time_t time);
bool is_day_file(const std::string& name);

}  // namespace unmask
