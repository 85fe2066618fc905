// `unmask train CONFIG --run DIR`: one detector on all ranks.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command train_command();

}  // namespace unmask
