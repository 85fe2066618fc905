#pragma once

#include "launch/command_line.h"

namespace unmask {

Command predict_command();

}  // namespace unmask
