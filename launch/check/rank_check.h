// What only several ranks can see before a job: machines, clocks, file locks, MPI, equal numerics.
#pragma once

#include <cstdint>
#include <string>

#include "launch/check/findings.h"
#include "launch/config/run_config.h"
#include "launch/session.h"

namespace unmask {

/// Tries all of it in the folder of `run` (existing_folder), where nothing is left. What was found goes to rank zero's
/// `findings`. Returns, on rank zero, what there is to tell. `config`: the same on all ranks. COLLECTIVE.
/// `rank_bytes`: as judge_ranks has it, rank zero's.
std::string check_ranks(Session& session, const RunConfig& config, const std::string& run, std::int64_t rank_bytes,
                        Findings& findings);

}  // namespace unmask
