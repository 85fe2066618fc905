// Which of ATen's operators a piece of work calls, for budgets: on a GPU each is a launch or more.
#pragma once

#include <ATen/record_function.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace unmask {

/// Of the thread that made it, while it lives, backward on CPU tensors too; one at a time. Names alone: LibTorch, which
/// is built with NDEBUG, gives a program that isn't no arguments.
class RecordedOperators {
 public:
  RecordedOperators() : handle_(at::addThreadLocalCallback(callback())) { current() = this; }
  ~RecordedOperators() {
    at::removeCallback(handle_);
    current() = nullptr;
  }
  RecordedOperators(const RecordedOperators&) = delete;

  /// Times by name ("aten::copy_").
  const std::map<std::string, int>& calls() const { return calls_; }

 private:
  static RecordedOperators*& current() {
    static thread_local RecordedOperators* recording = nullptr;
    return recording;
  }
  static at::RecordFunctionCallback callback() {
    return at::RecordFunctionCallback([](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
             ++current()->calls_[function.name()];
             return nullptr;
           })
        .scopes({at::RecordScope::FUNCTION});
  }

  std::map<std::string, int> calls_;
  at::CallbackHandle handle_;
};

}  // namespace unmask
