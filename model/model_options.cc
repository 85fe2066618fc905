#include "model/model_options.h"

namespace unmask {

std::vector<std::string> validate(const ModelOptions& options) {
  std::vector<std::string> faults;
  if (options.init.empty()) {
    faults.push_back(
        "model.init must be said: \"random\", or a weights file (.safetensors; a .pth goes through `unmask import`)");
  }
  if (!(options.dropout >= 0 && options.dropout < 1)) {
    faults.push_back("model.dropout is " + std::to_string(options.dropout) + ", wanted 0 or more and less than 1");
  }
  return faults;
}

}  // namespace unmask
