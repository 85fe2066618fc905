#include "model/network.h"

#include "base/error.h"
#include "model/resnet18.h"

namespace unmask {

at::ScalarType activation_type(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return at::kBFloat16;
    case Precision::kFp16: return at::kHalf;
    case Precision::kFp32:
    case Precision::kBf16InF32: return at::kFloat;
  }
  throw Error(ErrorKind::kFailed,
              "activation_type: no precision number " + std::to_string(static_cast<int>(precision)));
}

BodyPass body_pass(Architecture architecture) {
  switch (architecture) {
    case Architecture::kResnet18: return &resnet18_features;
  }
  throw Error(ErrorKind::kFailed, "body_pass: no network number " + std::to_string(static_cast<int>(architecture)));
}

}  // namespace unmask
