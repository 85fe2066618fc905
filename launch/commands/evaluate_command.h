// `unmask evaluate MODEL STORE…`: scores by frame and by video.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command evaluate_command();

}  // namespace unmask
