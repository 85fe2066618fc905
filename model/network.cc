#include "model/network.h"

#include "base/error.h"
#include "model/resnet18.h"

namespace unmask {

BodyPass body_pass(Architecture architecture) {
  switch (architecture) {
    case Architecture::kResnet18: return &resnet18_features;
  }
  throw Error(ErrorKind::kFailed, "body_pass: no network number " + std::to_string(static_cast<int>(architecture)));
}

}  // namespace unmask
