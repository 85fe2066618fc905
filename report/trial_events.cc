#include "report/trial_events.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/durable_file.h"
#include "data/printable.h"
#include "report/event_file.h"
#include "report/trial_display.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
constexpr char kPrefix[] = "events.out.tfevents.";
constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
constexpr std::size_t kPngHeaderBytes = 33, kMostPictureBytes = 64 << 20;
using Scalars = std::vector<std::pair<std::string, double>>;

double now_s() { return static_cast<double>(std::time(nullptr)); }

void add(Scalars& scalars, const std::string& tag, const std::optional<double>& value) {
  if (value) scalars.emplace_back(printable(tag), *value);
}

/// TensorBoard groups tags by what stands before the first slash.
void add_scores(Scalars& scalars, const std::string& prefix, const std::vector<DatasetScores>& datasets) {
  for (const DatasetScores& scores : datasets) {
    for (const ScoreKind& kind : kScores) add(scalars, prefix + scores.dataset + "/" + kind.name, scores.*kind.member);
  }
}

HparamsSession session_of(const TrialEvents::Facts& facts) {
  HparamsSession session{printable(facts.run), printable(facts.trial), facts.hparams, {}};
  for (auto& [key, value] : session.hparams) value = printable(value);
  for (const std::string& dataset : facts.val) {
    for (const ScoreKind& kind : kScores) {
      const std::string name = printable(dataset) + "/" + kind.name;
      session.metrics.emplace_back("best/" + name, name);
    }
  }
  return session;
}

/// Seconds since 1970, as every writer of such files has them, and later than those that are there: readers go by it.
std::string next_name(const std::vector<fs::path>& earlier) {
  long long number = std::time(nullptr);
  for (const fs::path& file : earlier) {
    const long long other = std::atoll(file.filename().string().substr(sizeof kPrefix - 1).c_str());
    number = std::max(number, std::min(other, 9'999'999'998LL) + 1);
  }
  char text[16];
  std::snprintf(text, sizeof text, "%010lld", number);
  return kPrefix + std::string(text) + ".unmask";
}

std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(kPrefix)) files.push_back(entry.path());
  }
  return files;
}

}  // namespace

std::string TrialEvents::epoch_record(std::size_t row) const {
  const EpochRow& epoch = rows_[row];
  Scalars scalars = {{"epoch", epoch.epoch}, {"lr", epoch.lr}};
  add(scalars, "train/loss", epoch.train_loss);
  add(scalars, "train/accuracy", epoch.train_accuracy);
  add_scores(scalars, "", epoch.val);
  const std::vector<EpochRow> so_far(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(row) + 1);
  if (const auto best = best_row(so_far, facts_.train, facts_.select)) {
    add(scalars, "best/epoch", so_far[*best].epoch);
    add_scores(scalars, "best/", so_far[*best].val);
  }
  return event_record(scalars_event(now_s(), epoch.step, scalars)) + picture_record(epoch);
}

/// Those that are there: an older version wrote none.
std::string TrialEvents::picture_record(const EpochRow& epoch) const {
  std::vector<std::pair<std::string, std::string>> pictures;
  for (const auto& [tag, file] : {std::pair("display/crops", display_file(folder_, epoch.epoch)),
                                  std::pair("display/roc", roc_file(folder_, epoch.epoch))}) {
    std::error_code none;
    if (!fs::is_regular_file(file, none)) continue;
    std::string bytes = read_text_file(file, kMostPictureBytes);
    if (bytes.starts_with(kPng) && bytes.size() > kPngHeaderBytes) pictures.emplace_back(tag, std::move(bytes));
  }
  return pictures.empty() ? "" : event_record(pictures_event(now_s(), epoch.step, pictures));
}

void TrialEvents::on_history(const std::vector<EpochRow>& rows) {
  next_.on_history(rows);
  try {
    rows_ = rows;
    std::string text = event_record(first_event(now_s()));
    if (!facts_.hparams.empty()) text += event_record(hparams_event(now_s(), session_of(facts_)));
    for (std::size_t row = 0; row < rows_.size(); ++row) text += epoch_record(row);
    fs::create_directories(folder_);
    const std::vector<fs::path> earlier = event_files(folder_);
    file_ = folder_ / next_name(earlier);
    replace_file(file_, text);
    for (const fs::path& file : earlier) fs::remove(file);
    out_.open(file_, std::ios::binary | std::ios::app);
    if (!out_) give_up("it can't be opened");
  } catch (const std::exception& error) {
    give_up(error.what());
  }
}

void TrialEvents::on_epoch(const EpochRow& row, int epochs) {
  rows_.push_back(row);
  try {
    if (out_.is_open()) append(epoch_record(rows_.size() - 1));
  } catch (const std::exception& error) {
    give_up(error.what());
  }
  next_.on_epoch(row, epochs);
}

void TrialEvents::end(bool well) {
  if (out_.is_open()) append(event_record(session_end_event(now_s(), well)));
}

void TrialEvents::append(const std::string& records) {
  out_ << records << std::flush;
  if (!out_) give_up("the disk may be full");
}

void TrialEvents::give_up(const std::string& why) {
  out_.close();
  next_.on_note((file_.empty() ? folder_ / kPrefix : file_).string() + " can't be written (" + why +
                "): TensorBoard won't see this lease");
}

}  // namespace unmask
