#include "model/train/lease_agreement.h"

#include "dist/agreement.h"
#include "model/tensor_memory.h"

namespace unmask {

void LeaseAgreement::alone(const std::function<void()>& work) {
  try {
    with_memory_errors(work);
  } catch (...) {
    keep(current_fault());
  }
}

void LeaseAgreement::together(const char* what, const std::function<void()>& work) {
  agree(group_, what, [&] {
    if (const auto fault = pending()) throw Error(*fault);
    with_memory_errors(work);
  });
}

void LeaseAgreement::keep(const Fault& fault) {
  if (!fault_) fault_ = fault;
}

}  // namespace unmask
