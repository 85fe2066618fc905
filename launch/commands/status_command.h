// `unmask status RUN`: how far a run is.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command status_command();

}  // namespace unmask
