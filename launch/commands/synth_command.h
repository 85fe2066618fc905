// `unmask synth DIR`: a small dataset with known truth.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command synth_command();

}  // namespace unmask
