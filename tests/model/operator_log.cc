#include "tests/model/operator_log.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <sstream>

#ifndef NDEBUG
#error "LibTorch is built with NDEBUG and gives arguments to who is, too"
#endif

namespace unmask {

struct OperatorLog::Recording {
  std::vector<std::string> calls;
  at::CallbackHandle handle = 0;
  static Recording*& current() {
    static thread_local Recording* recording = nullptr;
    return recording;
  }
  static std::unique_ptr<at::ObserverContext> add(const at::RecordFunction& function) {
    std::ostringstream call;
    call << function.name();
    for (const c10::IValue& input : function.inputs()) {
      call << ' ';
      if (input.isTensor() && input.toTensor().defined()) {
        call << input.toTensor().scalar_type() << input.toTensor().sizes();
      } else if (input.isTensorList()) {
        call << input.toTensorVector().size() << " tensors";
      } else if (!input.isTensor()) {
        call << input;
      }
    }
    current()->calls.push_back(call.str());
    return nullptr;
  }
};

OperatorLog::OperatorLog() : recording_(std::make_unique<Recording>()) {
  Recording::current() = recording_.get();
  recording_->handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(Recording::add).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

OperatorLog::~OperatorLog() {
  at::removeCallback(recording_->handle);
  Recording::current() = nullptr;
}

const std::vector<std::string>& OperatorLog::calls() const { return recording_->calls; }

std::map<std::string, int> OperatorLog::counts() const {
  std::map<std::string, int> counts;
  for (const std::string& call : recording_->calls) ++counts[call.substr(0, call.find(' '))];
  return counts;
}

}  // namespace unmask
