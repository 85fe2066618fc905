// `unmask sweep CONFIG --run DIR`: many detectors on groups of ranks.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command sweep_command();

}  // namespace unmask
