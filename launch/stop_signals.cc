#include "launch/stop_signals.h"

#include <unistd.h>
#include <csignal>
#include <initializer_list>

namespace unmask {
namespace {

std::atomic<bool> stop_asked = false;
std::atomic<int> interrupts = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern "C" void on_stop_signal(int signal) {
  if (signal == SIGINT && interrupts.fetch_add(1) > 0) ::_exit(130);
  stop_asked.store(true);
}

}  // namespace

std::atomic<bool>& install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) ::sigaction(signal, &action, nullptr);
  return stop_asked;
}

}  // namespace unmask
