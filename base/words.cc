#include "base/words.h"

#include "base/error.h"

namespace unmask {

void throw_no_word(int value) {
  throw Error(ErrorKind::kFailed, "the value " + std::to_string(value) + " of an enumeration has no word");
}

void throw_unknown_word(std::string_view what, std::string_view text, const std::vector<std::string>& words) {
  throw Error(ErrorKind::kData,
              std::string(what) + " is \"" + std::string(text.substr(0, 200)) + "\", wanted " + one_of(words));
}

std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "one of \"" : ", \"") + word + "\"";
  return text;
}

}  // namespace unmask
