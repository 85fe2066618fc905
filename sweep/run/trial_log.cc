#include "sweep/run/trial_log.h"

#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/memory_limits.h"
#include "base/number_text.h"
#include "base/seconds_since.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

std::string short_score(const std::optional<double>& value) { return value ? fixed_text(*value, 4) : "-"; }

std::string join(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

}  // namespace

std::string load_text(const TrainObserver::StepNews& sum, std::int64_t steps, std::int64_t most_bytes) {
  const double all_s = sum.load_s + sum.forward_s + sum.backward_s + sum.exposed_s + sum.optimizer_s;
  return "waited for data " + (all_s > 0 ? fixed_text(100 * sum.load_s / all_s, 2) : "0.00") + "% of " +
         std::to_string(steps) + " steps; memory of this rank " + std::to_string(most_bytes >> 20) + " MiB at most";
}

std::string epoch_text(const EpochRow& row, int epochs) {
  std::string text = "epoch " + std::to_string(row.epoch) + "/" + std::to_string(epochs) + ": train loss " +
                     short_score(row.train_loss) + ", accuracy " + short_score(row.train_accuracy);
  for (const DatasetScores& scores : row.val) {
    text += "; " + scores.dataset + ":";
    for (const ScoreKind& score : kScores) {
      text += &score == kScores.begin() ? " " : ", ";
      text += score.name + (" " + short_score(scores.*score.member));
    }
  }
  return text;
}

TrialLog::TrialLog(const RunFolder& folder, const LeaseOrder& order, TrainObserver& next)
    : timing_(folder.trial_timing(order.trial)),
      attempt_(order.attempt),
      ranks_(static_cast<int>(order.members.size())),
      next_(next),
      epoch_started_(Clock::now()) {
  std::filesystem::create_directories(folder.trial(order.trial));
  const std::filesystem::path config = folder.trial_config(order.trial);
  if (!std::filesystem::exists(config)) write_file_durably(config, order.config);
  const std::string file = folder.trial_log(order.trial).string();
  if (!std::ofstream(file, std::ios::app)) throw io_error(file, "open", errno);  // spdlog would not tell the cause
  const auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  log_ = std::make_shared<spdlog::logger>("trial", sink);
  log_->set_pattern("%Y-%m-%dT%H:%M:%S%z %v");
  log_->flush_on(spdlog::level::info);
  log_->info("attempt {}: lease {} on ranks {}; host {}, process {}", attempt_, order.lease, join(order.members),
             host_name(), ::getpid());
}

TrialLog::~TrialLog() = default;

void TrialLog::on_step(const StepNews& news) {
  epoch_sum_.load_s += news.load_s;
  epoch_sum_.forward_s += news.forward_s;
  epoch_sum_.backward_s += news.backward_s;
  epoch_sum_.exposed_s += news.exposed_s;
  epoch_sum_.optimizer_s += news.optimizer_s;
  ++epoch_steps_;
  images_per_s_ = images_per_s_ > 0 ? 0.9 * images_per_s_ + 0.1 * news.images_per_s : news.images_per_s;
  next_.on_step(news);
}

void TrialLog::on_epoch(const EpochRow& row, int epochs) {
  log_->info("{}", epoch_text(row, epochs));
  if (epoch_steps_ > 0) log_->info("{}", load_text(epoch_sum_, epoch_steps_, most_memory_bytes()));
  write_timing(row);
  next_.on_epoch(row, epochs);
}

void TrialLog::write_timing(const EpochRow& row) {
  std::error_code none;  // a line that can't be written is lost: no trial fails for it
  const bool is_new = !std::filesystem::exists(timing_, none);
  std::ofstream out(timing_, std::ios::app);
  if (is_new)
    out << "attempt,ranks,epoch,steps,images_per_s,load_s,forward_s,backward_s,exposed_s,optimizer_s,epoch_s\n";
  out << attempt_ << ',' << ranks_ << ',' << row.epoch << ',' << epoch_steps_ << ',' << fixed_text(images_per_s_, 3)
      << ',' << fixed_text(epoch_sum_.load_s, 4) << ',' << fixed_text(epoch_sum_.forward_s, 4) << ','
      << fixed_text(epoch_sum_.backward_s, 4) << ',' << fixed_text(epoch_sum_.exposed_s, 4) << ','
      << fixed_text(epoch_sum_.optimizer_s, 4) << ',' << fixed_text(seconds_since(epoch_started_), 3) << '\n';
  epoch_sum_ = {};
  epoch_steps_ = 0;
  epoch_started_ = Clock::now();
}

void TrialLog::on_checkpoint(const std::filesystem::path& file, std::int64_t step, double seconds) {
  log_->info("checkpoint of step {} in {:.2f} s: {}", step, seconds, file.filename().string());
  next_.on_checkpoint(file, step, seconds);
}

void TrialLog::on_note(const std::string& text) {
  log_->info("{}", text);
  next_.on_note(text);
}

void TrialLog::close(const std::string& text) { log_->info("{}", text); }

}  // namespace unmask
