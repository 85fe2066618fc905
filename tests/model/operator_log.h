// Which of ATen's operators a piece of work calls, one after another, with the numbers that it gives them: on a GPU
// each is a launch or more.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace unmask {

/// Of the thread that made it, while it lives, backward on CPU tensors too; one at a time.
class OperatorLog {
 public:
  OperatorLog();
  ~OperatorLog();
  OperatorLog(const OperatorLog&) = delete;

  /// "aten::mul f32[2, 3] 0.5": tensors by type and sizes, anything else by its value.
  const std::vector<std::string>& calls() const;
  /// Times by name ("aten::copy_").
  std::map<std::string, int> counts() const;

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;
};

}  // namespace unmask
