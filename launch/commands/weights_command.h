// `unmask import` and `unmask export`: weights from and to PyTorch's .pth.
#pragma once

#include "launch/command_line.h"

namespace unmask {

Command import_command();
Command export_command();

}  // namespace unmask
