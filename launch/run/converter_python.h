// The Python that reads and writes .pth files (model/files/weight_conversion.h).
#pragma once

#include <filesystem>
#include <optional>

namespace unmask {

/// $UNMASK_PYTHON, else .venv/bin/python of the checkout that this program lies in; nothing where there is none.
std::optional<std::filesystem::path> converter_python();

}  // namespace unmask
