#include "launch/run/watch_record.h"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "data/printable.h"

namespace unmask {
namespace {

constexpr char kJournalFormat[] = "unmask.watch.1";
constexpr std::string_view kDayFile = "dddd-dd-dd.jsonl";  // d: a digit

std::string utc_text(std::time_t time, const char* format) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string line_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

WatchRecord record_of(const FoundFile& file, const std::string& model_digest) {
  return {model_digest, printable(file.path.native()), file.bytes, file.modified_ns};
}

std::string dated_verdict(const std::string& verdict, const FoundFile& file, std::time_t judged) {
  auto json = nlohmann::ordered_json::parse(verdict);
  json["bytes"] = file.bytes;
  json["modified_ns"] = file.modified_ns;
  json["judged"] = utc_text(judged, "%Y-%m-%dT%H:%M:%SZ");
  return line_of(json);
}

std::optional<WatchRecord> record_in(const std::string& verdict) {
  try {
    const auto json = nlohmann::json::parse(verdict);
    return WatchRecord{json.at("model_digest"), json.at("input"), json.at("bytes"), json.at("modified_ns")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string journal_line(const JournalEntry& entry) {
  return line_of({{"format", kJournalFormat},
                  {"model_digest", entry.record.model_digest},
                  {"input", entry.record.input},
                  {"bytes", entry.record.bytes},
                  {"modified_ns", entry.record.modified_ns},
                  {"file", entry.file},
                  {"end", entry.end}}) +
         "\n";
}

std::optional<JournalEntry> entry_in(const std::string& journal_line) {
  const auto record = record_in(journal_line);
  if (!record) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(journal_line);
    if (json.at("format") != kJournalFormat || !is_day_file(json.at("file"))) return std::nullopt;
    return JournalEntry{*record, json.at("file"), json.at("end")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string day_file(std::time_t time) { return utc_text(time, "%Y-%m-%d.jsonl"); }

bool is_day_file(const std::string& name) {
  return std::ranges::equal(name, kDayFile,
                            [](char is, char wanted) { return wanted == 'd' ? is >= '0' && is <= '9' : is == wanted; });
}

}  // namespace unmask
