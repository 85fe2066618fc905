#include "launch/run/verdict_folder.h"

#include <fstream>
#include <utility>

#include "base/error.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kJournal[] = "journal.jsonl";

std::string key_of(const WatchRecord& record) {
  return record.model_digest + record.input + '\n' + std::to_string(record.bytes) + '\n' +
         std::to_string(record.modified_ns);
}

void make_folder(const fs::path& folder) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (!fault) return;
  throw Error(ErrorKind::kFailed, printable(folder.native()) + ": can't be made: " + fault.message() +
                                      "; --out names another folder for the verdicts");
}

}  // namespace

VerdictFolder::VerdictFolder(fs::path folder, std::string model_digest,
                             const std::function<void(const std::string&)>& note)
    : folder_(std::move(folder)), model_digest_(std::move(model_digest)) {
  make_folder(folder_);
  RunLockOptions lock;
  lock.note = note;
  lock_ = std::make_unique<RunLock>(RunFolder(folder_), lock);
  journal_ = std::make_unique<GrowingFile>(folder_ / kJournal);
  read_journal(note);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().native();
    if (is_day_file(name)) catch_up(name);
  }
}

void VerdictFolder::read_journal(const std::function<void(const std::string&)>& note) {
  std::ifstream lines(folder_ / kJournal);
  std::size_t number = 0, damaged = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (const auto entry = entry_in(line)) {
      judged_.insert(key_of(entry->record));
      ends_[entry->file] = entry->end;
    } else {
      damaged = number;
    }
  }
  if (damaged == 0) return;
  note(printable((folder_ / kJournal).native()) + ":" + std::to_string(damaged) +
       ": is damaged; the verdicts are read to make up for it");
  ends_.clear();
}

/// A process that was killed between the two files has judged what stands in the day's.
void VerdictFolder::catch_up(const std::string& day) {
  std::uint64_t end = ends_[day];
  if (fs::file_size(folder_ / day) <= end) return;
  const GrowingFile whole(folder_ / day);
  std::ifstream lines(folder_ / day);
  lines.seekg(static_cast<std::streamoff>(end));
  std::string missing;
  for (std::string line; std::getline(lines, line);) {
    end += line.size() + 1;
    const auto record = record_in(line);
    if (record && judged_.insert(key_of(*record)).second) missing += journal_line({*record, day, end});
  }
  journal_->append(missing);
}

bool VerdictFolder::has(const FoundFile& file) const {
  return judged_.contains(key_of(record_of(file, model_digest_)));
}

void VerdictFolder::add(const std::vector<NewVerdict>& verdicts, std::time_t judged) {
  if (verdicts.empty()) return;
  lock_->check();
  if (const std::string today = day_file(judged); today != day_) {
    day_file_ = std::make_unique<GrowingFile>(folder_ / today);
    day_ = today;
  }
  std::string lines, entries;
  for (const NewVerdict& verdict : verdicts) {
    lines += dated_verdict(verdict.json, verdict.file, judged) + "\n";
    entries += journal_line({record_of(verdict.file, model_digest_), day_, day_file_->size() + lines.size()});
  }
  day_file_->append(lines);
  journal_->append(entries);
  for (const NewVerdict& verdict : verdicts) judged_.insert(key_of(record_of(verdict.file, model_digest_)));
}

}  // namespace unmask
