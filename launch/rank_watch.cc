#include "launch/rank_watch.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/host_name.h"
#include "sweep/liveness.h"

namespace unmask {
namespace {

constexpr auto kPause = std::chrono::milliseconds(20);

[[noreturn]] void end_job(Session& session, const std::string& reason) {
  session.abort(static_cast<int>(ErrorKind::kStopped), reason + ".\nThe job ends; start the same command again");
}

}  // namespace

CloseTimer end_timer(const Session& session, double timeout_s) {
  constexpr double kLeastS = 5, kRankZeroFirstS = 1;
  return CloseTimer(
      static_cast<int>(ErrorKind::kStopped),
      std::clamp<double>(timeout_s, kLeastS, kCloseTimeoutS) + (session.rank() == 0 ? 0 : kRankZeroFirstS),
      "rank " + std::to_string(session.rank()) + " on " + host_name() +
          ": not all ranks come to the end of the job: one is stopped, or the network to it is cut.\n"
          "The job ends; start the same command again: what is done is kept");
}

RankWatch::RankWatch(Session& session, double timeout_s) : session_(session), timeout_s_(timeout_s) {
  if (!(timeout_s > 0)) throw Error(ErrorKind::kUsage, "--timeout must be > 0 seconds");
  if (session_.world().world() == 1) return;
  session_.begins("making the ranks' network");
  network_ = session_.network();
  heartbeat_ = std::make_unique<HeartbeatThread>(*network_, progress_, lease_, timeout_s_,
                                                 [this](const std::string& reason) { end_job(session_, reason); });
  session_.started();
  if (session_.rank() == 0) thread_ = std::thread([this] { look_after_ranks(); });
}

RankWatch::~RankWatch() { end_threads(); }

void RankWatch::close() {
  end_threads();
  if (!network_) return;
  const CloseTimer timer = end_timer(session_, timeout_s_);
  network_->close();
  network_.reset();
}

std::int64_t RankWatch::advanced() const { return progress_.state().count + others_; }

void RankWatch::look_after_ranks() {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(network_->world()));
  Liveness liveness(network_->world(), timeout_s_);
  const auto start = std::chrono::steady_clock::now();
  try {
    while (!stop_) {
      const double now_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      while (const auto message = network_->poll(RankNetwork::Box::kCoordinator)) {
        const auto heartbeat = std::get<Heartbeat>(report_from(message->text));
        liveness.hear(message->from, heartbeat, now_s);
        if (message->from != 0) counts[static_cast<std::size_t>(message->from)] = heartbeat.count;
      }
      others_ = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
      if (liveness.is_time(now_s)) {
        if (const auto gone = liveness.alarm({}, now_s)) end_job(session_, *gone);
      }
      std::this_thread::sleep_for(kPause);
    }
  } catch (const std::exception& error) {
    end_job(session_, error.what());
  }
}

void RankWatch::end_threads() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  heartbeat_.reset();
}

}  // namespace unmask
