// Pieces of work that ranks take as they become free, so that a long one holds nobody's work; what they make of them
// comes to rank zero in the order of the pieces.
//
//   WorkShare share(session, files.size(), [&](const std::string& made) { write(made); });  // on all ranks
//   agree(session.world(), "predict", [&] {
//     share.work([&](std::size_t piece) { return judge(files[piece], [&] { share.deliver(); }); }, idle);
//   });
//   share.close();
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "launch/session.h"

namespace unmask {

class WorkShare {
 public:
  using Take = std::function<void(const std::string& made)>;

  /// `take` is called on rank zero alone, by the thread that is in work(), for each piece in order. COLLECTIVE.
  WorkShare(Session& session, std::size_t pieces, Take take);
  /// Never talks to the peers.
  ~WorkShare();
  WorkShare(const WorkShare&) = delete;

  /// Makes pieces until all are made; a rank that finds none left sleeps, and calls `idle` meanwhile. Once in a session
  /// on each rank. What `make` or `idle` throws here is thrown on: then no rank gets another piece, and the others
  /// return when they have made the one at hand. Of what is made by then nothing is lost: it is taken, in order.
  void work(const std::function<std::string(std::size_t piece)>& make, const std::function<void()>& idle);
  /// Takes what has come and is next. To be called now and then while a piece is made; does nothing but on rank zero.
  /// THROWS what `take` throws.
  void deliver();
  /// COLLECTIVE, after a work() that threw on no rank.
  void close();

 private:
  void make_pieces(const std::function<std::string(std::size_t piece)>& make, const std::function<void()>& idle);
  std::optional<std::size_t> next(const std::function<void()>& idle);
  void give_out();
  void take_rest();

  Session& session_;
  const std::size_t pieces_;
  const Take take_;
  std::unique_ptr<RankNetwork> network_;  // nothing where there is one rank
  // Rank zero's.
  std::thread thread_;  // gives pieces out, and hears what was made of them
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  std::map<std::size_t, std::string> made_;  // by piece, not taken yet
  std::size_t next_taken_ = 0;
};

}  // namespace unmask
