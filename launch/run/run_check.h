// What `unmask check` finds, as plain values: stores and their splits, ranks and their machines. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/sample.h"

namespace unmask {

/// Faults and warnings in the order in which they were found.
class Findings {
 public:
  void fault(ErrorKind kind, const std::string& what);
  void warn(const std::string& what) { lines_.push_back("WARN   " + what); }
  /// 0, or that of the worst fault: the config must be right before the data can be.
  int exit_code() const { return exit_code_; }
  /// One line each; "" = nothing was found.
  std::string text() const;

 private:
  std::vector<std::string> lines_;
  int exit_code_ = 0;
};

/// The frames of one store, counted. Videos and identities are those that have a crop.
struct StoreCensus {
  std::string dataset;
  Split split = Split::kTrain;
  std::int64_t real = 0, fake = 0, without_crop = 0;
  std::set<std::string> videos;      // "deepfakes c23 000_003"
  std::set<std::string> identities;  // targets; frames that don't say theirs are left out

  void add(const FrameInfo& frame);
};

std::string stores_table(const std::vector<StoreCensus>& stores);
/// Videos and target identities that are in two splits of one dataset: what is learned in one is known in the other.
void judge_splits(const std::vector<StoreCensus>& stores, Findings& findings);

/// What a rank tells of itself.
struct RankFacts {
  int rank = 0;
  std::string host;
  std::vector<int> cores;    // that it may use
  std::string gpus;          // "no GPU"; "4 GPUs, driver 550.54"
  std::string numerics;      // its class: equal classes give equal bits
  double clock_ahead_s = 0;  // of rank zero's
  // Of a file in the run's folder that rank zero has locked.
  bool sees_file = true, got_flock = false, got_fcntl = false;

  std::string text() const;
  static RankFacts from(const std::string& text);
};

/// One row for the ranks of a host that are alike.
std::string ranks_table(const std::vector<RankFacts>& ranks);
void judge_ranks(const std::vector<RankFacts>& ranks, int threads_per_rank, const std::string& folder,
                 Findings& findings);

/// "12.3 GB"
std::string bytes_text(double bytes);

}  // namespace unmask
