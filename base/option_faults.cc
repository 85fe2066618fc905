#include "base/option_faults.h"

namespace unmask {

void OptionFaults::add_unmet(std::string_view key, std::string_view wanted, std::string_view got) {
  add(std::string(key) + " must be " + std::string(wanted) + ", got " + std::string(got));
}

}  // namespace unmask
