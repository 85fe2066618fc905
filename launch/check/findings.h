// What `unmask check` finds: faults and warnings in the order in which they were found.
//
//   Findings findings;
//   findings.fault(ErrorKind::kData, "dataset base: 1 video (real 000) in both train and val");
//   findings.warn("host a: 2 ranks of 1 thread(s) share 1 cores");
//   return findings.exit_code();  // 3
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace unmask {

class Findings {
 public:
  void fault(ErrorKind kind, const std::string& what);
  void warn(const std::string& what);
  /// 0, or that of the worst fault: the config must be right before the data can be.
  int exit_code() const { return exit_code_; }
  /// "FAULT  …" and "WARN   …", what has several lines indented; "" = nothing was found.
  const std::string& text() const { return text_; }

 private:
  void add(const std::string& label, const std::string& what);

  std::string text_;
  int exit_code_ = 0;
};

}  // namespace unmask
