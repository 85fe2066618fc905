// `unmask check CONFIG`: what would go wrong, before a job is queued.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command check_command();

}  // namespace unmask
