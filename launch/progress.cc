#include "launch/progress.h"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string host_name() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return host;
}

std::string short_score(const std::optional<double>& value) { return value ? fixed(*value, 4) : "-"; }

}  // namespace

std::string duration_text(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "?";
  const auto whole = static_cast<long long>(seconds + 0.5);
  char text[64];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

ProgressLine::ProgressLine(double plain_every_s) : plain_every_s_(plain_every_s), last_(Clock::now()) {
  const char* kind = std::getenv("TERM");
  terminal_ = ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string(kind) != "dumb";
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const std::string& text) {
  if (seconds_since(last_) < (terminal_ ? 0.2 : plain_every_s_)) return;
  last_ = Clock::now();
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
}

void ProgressLine::line(const std::string& text) {
  clear();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void ProgressLine::clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

TrainProgress::TrainProgress(const RunFolder& folder, int trial, int attempt, int ranks, const TrialOptions& options)
    : folder_(folder),
      options_(options),
      attempt_(attempt),
      started_(Clock::now()),
      epoch_started_(started_),
      status_written_(started_) {
  const auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(folder.trial_log(trial).string());
  log_ = std::make_shared<spdlog::logger>("trial", sink);
  log_->set_pattern("%Y-%m-%dT%H:%M:%S%z %v");
  log_->flush_on(spdlog::level::info);
  log_->info("attempt {}: {} ranks, host {}, process {}", attempt, ranks, host_name(), ::getpid());
  status_.trial = trial;
  status_.ranks = ranks;
  status_.host = host_name();
  status_.pid = ::getpid();
  status_.epochs = options.train.epochs;
  update_status(true);
}

TrainProgress::~TrainProgress() = default;

void TrainProgress::on_step(const StepNews& news) {
  const bool first = first_step_ < 0;
  if (first) first_step_ = news.step - 1;
  epoch_sum_.load_s += news.load_s;
  epoch_sum_.forward_s += news.forward_s;
  epoch_sum_.backward_s += news.backward_s;
  epoch_sum_.exposed_s += news.exposed_s;
  epoch_sum_.optimizer_s += news.optimizer_s;
  ++epoch_steps_;
  status_.step = news.step;
  status_.steps = news.steps;
  status_.epoch = news.epoch;
  const double elapsed_s = seconds_since(started_);
  const auto done = static_cast<double>(news.step - first_step_);
  status_.eta_s = static_cast<double>(news.steps - news.step) * elapsed_s / done;
  status_.images_per_s =
      status_.images_per_s > 0 ? 0.9 * status_.images_per_s + 0.1 * news.images_per_s : news.images_per_s;
  line_.show("epoch " + std::to_string(news.epoch) + "/" + std::to_string(news.epochs) + "  step " +
             std::to_string(news.step) + "/" + std::to_string(news.steps) + "  loss " + fixed(news.loss, 4) + "  " +
             fixed(status_.images_per_s, 1) + " images/s  " + duration_text(status_.eta_s) + " left");
  update_status(first);
}

void TrainProgress::on_epoch(const EpochRow& row) {
  rows_.push_back(row);
  std::string text = "epoch " + std::to_string(row.epoch) + "/" + std::to_string(options_.train.epochs) +
                     ": train loss " + fixed(row.train_loss, 4) + ", accuracy " + fixed(row.train_accuracy, 4);
  for (const DatasetScores& scores : row.val) {
    text += "; " + scores.dataset + ": loss " + fixed(scores.loss, 4) + ", AUC frame " + short_score(scores.frame_auc) +
            ", video " + short_score(scores.video_auc);
  }
  line_.line(text);
  log_->info("{}", text);
  if (const auto best = best_row(rows_, options_.data.train, options_.train.select)) {
    status_.best_epoch = rows_[*best].epoch;
    status_.best = number_text(selected_value(rows_[*best], options_.data.train, options_.train.select));
  }
  write_timing(row);
  update_status(true);
}

void TrainProgress::write_timing(const EpochRow& row) {
  const auto file = folder_.trial_timing(status_.trial);
  const bool is_new = !std::filesystem::exists(file);
  std::ofstream out(file, std::ios::app);
  if (is_new)
    out << "attempt,ranks,epoch,steps,images_per_s,load_s,forward_s,backward_s,exposed_s,optimizer_s,epoch_s\n";
  out << attempt_ << ',' << status_.ranks << ',' << row.epoch << ',' << epoch_steps_ << ','
      << fixed(status_.images_per_s, 3) << ',' << fixed(epoch_sum_.load_s, 4) << ',' << fixed(epoch_sum_.forward_s, 4)
      << ',' << fixed(epoch_sum_.backward_s, 4) << ',' << fixed(epoch_sum_.exposed_s, 4) << ','
      << fixed(epoch_sum_.optimizer_s, 4) << ',' << fixed(seconds_since(epoch_started_), 3) << '\n';
  epoch_sum_ = {};
  epoch_steps_ = 0;
  epoch_started_ = Clock::now();
}

void TrainProgress::on_checkpoint(const std::filesystem::path& file, std::int64_t step, double seconds) {
  log_->info("checkpoint of step {} in {:.2f} s: {}", step, seconds, file.filename().string());
}

void TrainProgress::on_note(const std::string& text) {
  line_.line(text);
  log_->info("{}", text);
}

void TrainProgress::finish(const std::string& run_state, const std::string& trial_state, const std::string& reason) {
  status_.run_state = run_state;
  status_.trial_state = trial_state;
  status_.reason = reason;
  if (run_state == "done") status_.eta_s = 0;
  update_status(true);
  log_->info("{}{}{}", trial_state, reason.empty() ? "" : ": ", reason);
}

void TrainProgress::update_status(bool now) {
  if (!now && seconds_since(status_written_) < 1) return;
  status_written_ = Clock::now();
  status_.updated = utc_now();
  write_status(folder_, status_);
}

}  // namespace unmask
