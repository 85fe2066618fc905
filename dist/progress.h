// What a rank is doing, for those who watch whether it still lives: how often it has moved on, and the collective it is
// in.
//
//   Progress progress;
//   const auto group = watched(std::move(communicator), progress);  // tells of every collective
//   progress.advance("training");                                   // and the trainer of every step
//   const Progress::State state = progress.state();                 // from another thread, now and then
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace unmask {

/// THREAD: any.
class Progress {
 public:
  struct State {
    std::int64_t count = 0;     // rises whenever the rank moves on: a piece of work done, a collective left
    std::string doing;          // a word for people: opening, training, scoring, saving
    std::string operation;      // the collective it is in, the oldest of several; "" = none
    std::int64_t sequence = 0;  // of that collective, counted on its communicator: the same on all ranks of the group
  };

  /// A piece of work is done, or begins.
  void advance(const std::string& doing);
  State state() const;

  /// While it lives, the rank is in a collective.
  class InCollective {
   public:
    InCollective(Progress& progress, std::string operation, std::int64_t sequence);
    ~InCollective();
    InCollective(const InCollective&) = delete;

   private:
    Progress& progress_;
    std::int64_t id_;
  };

 private:
  struct Collective {
    std::int64_t id = 0;
    std::string operation;
    std::int64_t sequence = 0;
  };
  mutable std::mutex mutex_;
  std::int64_t count_ = 0, last_id_ = 0;
  std::string doing_;
  std::vector<Collective> collectives_;
};

/// The same communicator, which tells `progress` of every call; so do its duplicates. `progress` must outlive them.
std::unique_ptr<Communicator> watched(std::unique_ptr<Communicator> communicator, Progress& progress);

/// `communicator`, which may be null, watched by whom `group` is: for a communicator by other means between its ranks.
std::unique_ptr<Communicator> watched_as(const Communicator& group, std::unique_ptr<Communicator> communicator);

}  // namespace unmask
