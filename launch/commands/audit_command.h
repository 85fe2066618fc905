// `unmask audit STORE…`: what splits hold, and what they share.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command audit_command();

}  // namespace unmask
