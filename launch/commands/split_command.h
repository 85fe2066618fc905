// `unmask split STORES`: another split of prepared crops.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command split_command();

}  // namespace unmask
