// `unmask report RUN…`: the trials of runs and what they chose.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command report_command();

}  // namespace unmask
