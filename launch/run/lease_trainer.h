// Works on the leases of one run, on every rank: trains a trial up to a step, or scores it on data.test.
//
//   WorkerOptions worker;                                             // sweep/group_worker.h
//   worker.train = LeaseTrainer(session, config, folder, numerics);  // called for every lease that the rank gets
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "dist/kept_communicator.h"
#include "launch/config/run_config.h"
#include "launch/session.h"
#include "model/train/lease.h"
#include "model/train/open_data.h"
#include "model/train/trial_data.h"
#include "sweep/plan/lease_order.h"
#include "sweep/run/run_folder.h"

namespace unmask {

class LeaseTrainer {
 public:
  /// `sweep`: with the stores that are near (node_stores). `numerics`: of this rank (run_numerics).
  /// Opens a sweep's stores of data.test, which are first needed when all has been trained. THROWS Error(kData) where
  /// one is missing, damaged, or not the one that the run was opened with.
  /// `open`: stores that are open already; what the leases open stays open there until one of them fails.
  LeaseTrainer(const Session& session, RunConfig sweep, RunFolder folder, std::string numerics,
               std::shared_ptr<OpenData> open = std::make_shared<OpenData>());

  /// COLLECTIVE over `group`. Its first rank writes the trial's config and log; a rank that meets a fault leaves
  /// it in a file of its own. THROWS AgreedError.
  LeaseResult operator()(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                         const std::atomic<bool>& stop) const;

 private:
  RunConfig config_of(const LeaseOrder& order) const;
  LeaseResult train(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                    const std::atomic<bool>& stop) const;
  LeaseResult score_test(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                         const std::atomic<bool>& stop) const;
  void write_rank_log(const LeaseOrder& order, int group_rank, const std::string& fault) const;

  const Session* session_;
  RunConfig sweep_;
  RunFolder folder_;
  std::string numerics_;
  std::shared_ptr<OpenData> open_;
  std::shared_ptr<KeptCommunicator> device_sums_;
  TrialData::Scored test_;  // data.test, of a sweep
};

}  // namespace unmask
