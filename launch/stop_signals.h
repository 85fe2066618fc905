// SIGTERM, SIGINT and SIGUSR1 ask for a stop: the handler only sets a flag, which training reads at step boundaries.
#pragma once

#include <atomic>

namespace unmask {

/// Installs the handlers. A second SIGINT ends the process at once (exit 130).
/// Returns the flag; it lives as long as the program.
std::atomic<bool>& install_stop_signals();

}  // namespace unmask
