#include "launch/check/findings.h"

namespace unmask {

void Findings::fault(ErrorKind kind, const std::string& what) {
  add("FAULT  ", what);
  const auto place = [](int code) { return code == 2 ? 0 : code == 3 ? 1 : code == 1 ? 2 : 3; };
  const int code = static_cast<int>(kind);
  if (exit_code_ == 0 || place(code) < place(exit_code_)) exit_code_ = code;
}

void Findings::warn(const std::string& what) { add("WARN   ", what); }

void Findings::add(const std::string& label, const std::string& what) {
  text_ += (text_.empty() ? "" : "\n") + label;
  for (const char character : what)
    text_ += character == '\n' ? "\n" + std::string(label.size(), ' ') : std::string(1, character);
}

}  // namespace unmask
