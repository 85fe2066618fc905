// On 1 to 4 ranks.
#include "launch/work_share.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "dist/agreement.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// Flags that all ranks see.
class Board {
 public:
  explicit Board(Session& session)
      : folder_(session.on_root([&] { return own_.emplace().path().string(); })), session_(session) {}
  ~Board() { session_.world().barrier(); }
  void set(const std::string& name) const { std::ofstream(folder_ / name) << "x"; }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  /// Longer than a minute is for ever.
  bool wait_for(const std::string& name) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!has(name) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return has(name);
  }

 private:
  std::optional<test_support::TemporaryFolder> own_;
  std::filesystem::path folder_;
  Session& session_;
};

std::string text_of(std::size_t piece) { return "piece " + std::to_string(piece) + "\nof a few"; }

std::vector<std::string> all(std::size_t pieces) {
  std::vector<std::string> texts;
  for (std::size_t piece = 0; piece < pieces; ++piece) texts.push_back(text_of(piece));
  return texts;
}

TEST(WorkShareTest, EachPieceIsMadeOnceAndTakenInOrder) {
  for (const std::size_t pieces : {0, 1, 3, 40}) {
    Session session(&mpi_runtime());
    std::vector<std::string> taken;
    WorkShare share(session, pieces, [&](const std::string& made) { taken.push_back(made); });
    share.work(text_of, [] {});
    share.close();
    EXPECT_EQ(taken, session.rank() == 0 ? all(pieces) : std::vector<std::string>()) << pieces;
    session.close();
  }
}

TEST(WorkShareTest, ALongPieceHoldsNobody) {
  Session session(&mpi_runtime());
  const std::size_t pieces = 12;
  {
    const Board board(session);
    std::vector<std::string> taken;
    WorkShare share(session, pieces, [&](const std::string& made) { taken.push_back(made); });
    const bool alone = session.world().world() == 1;
    share.work(
        [&](std::size_t piece) {
          if (piece > 0) {
            board.set(std::to_string(piece));
          } else if (!alone) {  // the first ends last
            for (std::size_t other = 1; other < pieces; ++other) {
              const bool is_made = board.wait_for(std::to_string(other));
              EXPECT_TRUE(is_made) << other << " waits";
              if (!is_made) break;
            }
          }
          return text_of(piece);
        },
        [] {});
    share.close();
    EXPECT_EQ(taken, session.rank() == 0 ? all(pieces) : std::vector<std::string>());
  }
  session.close();
}

TEST(WorkShareTest, WhatIsNextIsTakenWhileAPieceIsMade) {
  Session session(&mpi_runtime());
  if (session.world().world() > 1) {
    const Board board(session);
    WorkShare share(session, 8, [&](const std::string& made) {
      if (made == "first") board.set("first is taken");
    });
    share.work(
        [&](std::size_t piece) -> std::string {
          if (piece == 0) return "first";
          const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
          while (!board.has("first is taken") && std::chrono::steady_clock::now() < end) share.deliver();
          EXPECT_TRUE(board.has("first is taken"));
          return "other";
        },
        [] {});
    share.close();
  }
  session.close();
}

constexpr std::size_t kMany = 500;  // ranks stop long before, whoever is slow

/// What all ranks throw, and what rank zero had taken by then.
struct Ended {
  std::string fault;
  std::vector<std::string> taken;
};

Ended end_of(Session& session, const WorkShare::Take& take, const std::function<std::string(std::size_t)>& make,
             const std::function<void()>& idle) {
  Ended ended;
  WorkShare share(session, kMany, [&](const std::string& made) {
    take(made);
    ended.taken.push_back(made);
  });
  try {
    agree(session.world(), "sharing", [&] { share.work(make, idle); });
  } catch (const AgreedError& error) {
    ended.fault = error.what();
  }
  return ended;
}

TEST(WorkShareTest, AFaultEndsAllAndWhatIsMadeIsTaken) {
  Session session(&mpi_runtime());
  const auto make = [](std::size_t piece) {
    if (piece == 3) throw Error(ErrorKind::kStopped, "no third");
    return text_of(piece);
  };
  const Ended ended = end_of(
      session, [](const std::string&) {}, make, [] {});
  EXPECT_NE(ended.fault.find("no third"), std::string::npos) << ended.fault;
  if (session.rank() == 0) {
    ASSERT_GE(ended.taken.size(), 3u);
    for (std::size_t piece = 0; piece < 3; ++piece) EXPECT_EQ(ended.taken[piece], text_of(piece));
    for (const std::string& text : ended.taken) EXPECT_NE(text, text_of(3));
    EXPECT_LT(ended.taken.size(), kMany - 1) << "nobody stopped";
  }
  session.close();
}

TEST(WorkShareTest, RankZeroThatCannotTakeEndsAll) {
  Session session(&mpi_runtime());
  const auto take = [](const std::string& made) {
    if (made == text_of(2)) throw Error(ErrorKind::kFailed, "the disk is full");
  };
  const Ended ended = end_of(session, take, text_of, [] {});
  EXPECT_NE(ended.fault.find("the disk is full"), std::string::npos) << ended.fault;
  if (session.rank() == 0) {
    ASSERT_GE(ended.taken.size(), 2u);
    EXPECT_EQ(std::vector(ended.taken.begin(), ended.taken.begin() + 2), all(2));
  }
  session.close();
}

TEST(WorkShareTest, ARankThatWaitsMayThrowToo) {
  Session session(&mpi_runtime());
  if (session.world().world() > 1) {
    const Board board(session);
    const auto make = [&](std::size_t piece) {
      if (piece == kMany - 1) {  // somebody waits for it
        EXPECT_TRUE(board.wait_for("thrown"));
      }
      return text_of(piece);
    };
    const auto weary = [&] {
      board.set("thrown");
      throw Error(ErrorKind::kStopped, "weary");
    };
    const Ended ended = end_of(
        session, [](const std::string&) {}, make, weary);
    EXPECT_NE(ended.fault.find("weary"), std::string::npos) << ended.fault;
  }
  session.close();
}

}  // namespace
}  // namespace unmask
