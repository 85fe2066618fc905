// This machine's name, as logs, locks and timings tell it.
#pragma once

#include <string>

namespace unmask {

std::string host_name();

}  // namespace unmask
