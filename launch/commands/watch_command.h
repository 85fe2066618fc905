// `unmask watch MODEL FOLDER`: a verdict on whatever arrives in a folder.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command watch_command();

}  // namespace unmask
