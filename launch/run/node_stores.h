// data.cache_dir: copies of the stores on each node's own disk, for nodes that share a slow one.
#pragma once

#include <filesystem>

#include "launch/config/run_config.h"
#include "launch/session.h"

namespace unmask {

/// The folder to read stores from: data.stores, or, with data.cache_dir, that holds copies of the stores that
/// config.content knows, of views their records files too. One rank a node copies what isn't there yet, one job after
/// the other; a copy is known by its content, so runs share it, and it is never removed. COLLECTIVE. THROWS Error on
/// all ranks alike: kFailed (no room), kData (the store has changed).
std::filesystem::path node_stores(Session& session, const RunConfig& config);

}  // namespace unmask
