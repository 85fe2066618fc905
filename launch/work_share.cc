#include "launch/work_share.h"

#include <chrono>
#include <exception>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"

namespace unmask {
namespace {

using Box = RankNetwork::Box;

constexpr auto kPause = std::chrono::milliseconds(2);

// What a rank says: kAsks, kGivesUp, or kMade, the piece, a blank and what it made. It is answered with a piece, or
// nothing where none is left.
constexpr char kAsks = 'a', kGivesUp = 'g', kMade = 'm';

std::pair<std::size_t, std::string> made_from(const std::string& text) {
  const std::size_t blank = text.find(' ');
  return {std::stoul(text.substr(1, blank - 1)), text.substr(blank + 1)};
}

/// Which rank gets which piece, and when all may leave. Pure.
class Pieces {
 public:
  Pieces(std::size_t pieces, int world) : pieces_(pieces) {
    for (int rank = 0; rank < world; ++rank) at_work_.insert(rank);
  }
  void ask(int rank) { waiting_.insert(rank); }
  void hear_made() { --in_work_; }
  void give_up(int rank) {
    is_given_up_ = true;
    waiting_.erase(rank);
    at_work_.erase(rank);
  }
  /// What ranks are told now; "": there is nothing left.
  std::vector<std::pair<int, std::string>> answers() {
    std::vector<std::pair<int, std::string>> told;
    for (const int rank : std::exchange(waiting_, {})) {
      if (!is_given_up_ && next_ < pieces_) {
        told.emplace_back(rank, std::to_string(next_++));
        ++in_work_;
      } else if (is_given_up_ || in_work_ == 0) {
        told.emplace_back(rank, "");
        at_work_.erase(rank);
      } else {
        waiting_.insert(rank);
      }
    }
    return told;
  }
  bool all_left() const { return at_work_.empty(); }

 private:
  const std::size_t pieces_;
  std::size_t next_ = 0, in_work_ = 0;
  bool is_given_up_ = false;
  std::set<int> at_work_, waiting_;
};

}  // namespace

WorkShare::WorkShare(Session& session, std::size_t pieces, Take take)
    : session_(session), pieces_(pieces), take_(std::move(take)) {
  if (session.world().world() == 1) return;
  network_ = session.network();
  if (session.rank() == 0) thread_ = std::thread([this] { give_out(); });
}

WorkShare::~WorkShare() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
}

void WorkShare::work(const std::function<std::string(std::size_t piece)>& make, const std::function<void()>& idle) {
  if (!network_) {
    for (std::size_t piece = 0; piece < pieces_; ++piece) take_(make(piece));
    return;
  }
  std::exception_ptr fault;
  try {
    make_pieces(make, idle);
  } catch (...) {
    fault = std::current_exception();
    network_->send(0, Box::kCoordinator, {kGivesUp});
  }
  if (thread_.joinable()) {
    thread_.join();
    try {
      take_rest();
    } catch (...) {
      if (!fault) fault = std::current_exception();
    }
  }
  if (fault) std::rethrow_exception(fault);
}

void WorkShare::make_pieces(const std::function<std::string(std::size_t piece)>& make,
                            const std::function<void()>& idle) {
  while (const std::optional<std::size_t> piece = next(idle)) {
    network_->send(0, Box::kCoordinator, kMade + std::to_string(*piece) + " " + make(*piece));
    deliver();
  }
}

std::optional<std::size_t> WorkShare::next(const std::function<void()>& idle) {
  network_->send(0, Box::kCoordinator, {kAsks});
  while (true) {
    if (const auto answer = network_->poll(Box::kWorker))
      return answer->text.empty() ? std::nullopt : std::optional(std::stoul(answer->text));
    std::this_thread::sleep_for(kPause);
    deliver();
    idle();
  }
}

void WorkShare::give_out() {
  try {
    for (Pieces pieces(pieces_, network_->world()); !pieces.all_left() && !is_over_;) {
      while (const auto message = network_->poll(Box::kCoordinator)) {
        if (message->text.front() == kAsks) {
          pieces.ask(message->from);
        } else if (message->text.front() == kGivesUp) {
          pieces.give_up(message->from);
        } else {
          pieces.hear_made();
          const std::lock_guard lock(mutex_);
          made_.insert(made_from(message->text));
        }
      }
      for (const auto& [rank, piece] : pieces.answers()) network_->send(rank, Box::kWorker, piece);
      std::this_thread::sleep_for(kPause);
    }
  } catch (const std::exception& error) {
    session_.abort(static_cast<int>(ErrorKind::kStopped),
                   std::string(error.what()) + ".\nThe job ends; start the same command again");
  }
}

void WorkShare::deliver() {
  while (true) {
    std::map<std::size_t, std::string>::node_type made;
    {
      const std::lock_guard lock(mutex_);
      made = made_.extract(next_taken_);
    }
    if (made.empty()) return;
    ++next_taken_;
    take_(made.mapped());
  }
}

/// After the thread's end.
void WorkShare::take_rest() {
  for (const auto& [piece, made] : std::exchange(made_, {})) take_(made);
}

void WorkShare::close() {
  if (!network_) return;
  network_->close();
  network_.reset();
}

}  // namespace unmask
