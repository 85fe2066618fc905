// Ends a job that hangs before its ranks watch each other (sweep/heartbeat.h): each rank by itself, without MPI, which
// may be what hangs.
//
//   StartWatch watch([](const std::string& reason) { end_job(reason); });
//   watch.begins("starting MPI");
//   watch.begins("making the ranks' network");  // the first is over; time counts anew
//   watch.ends();                               // from here on heartbeats tell
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace unmask {

/// UNMASK_START_TIMEOUT_S, else half an hour: what a phase of the start may take at most; 0: for ever. Longer than any
/// that was seen to end: a machine room that starts at once reads its programs and stores from one disk.
double start_timeout_s();

class StartWatch {
 public:
  /// `end_job` is called from another thread with the phase and how long it has lasted: it must end the process.
  explicit StartWatch(std::function<void(const std::string&)> end_job, double timeout_s = start_timeout_s());
  /// No longer watches, like ends().
  ~StartWatch();
  StartWatch(const StartWatch&) = delete;

  /// The rank begins something that may take the time limit, and `more_s`. Time in which the process stood still (a
  /// suspended job) doesn't count.
  void begins(const std::string& phase, double more_s = 0);
  void ends();

 private:
  void watch();

  std::function<void(const std::string&)> end_job_;
  double timeout_s_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string phase_;  // "": nothing is watched
  double left_s_ = 0, lasted_s_ = 0;
  bool stop_ = false;
  std::thread thread_;  // last: uses the rest
};

}  // namespace unmask
