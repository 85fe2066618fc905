#include "model/model_options.h"

#include "base/option_faults.h"

namespace unmask {

std::vector<std::string> validate(const ModelOptions& options) {
  OptionFaults faults;
  if (options.init.empty()) {
    faults.add(
        "model.init must be said: \"imagenet\", \"random\", or a weights file (.safetensors; a .pth goes through "
        "`unmask import`)");
  }
  faults.need(options.dropout >= 0 && options.dropout < 1, "model.dropout", "in [0, 1)", options.dropout);
  return faults.take();
}

}  // namespace unmask
