// `unmask plan CONFIG`: how long a sweep takes, by mode and group size.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command plan_command();

}  // namespace unmask
