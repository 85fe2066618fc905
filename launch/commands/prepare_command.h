// `unmask prepare CONFIG`: from frames to crop stores.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command prepare_command();

}  // namespace unmask
