#include "report/page_template.h"

#include <span>

#include "base/digest.h"

namespace unmask {
namespace {

/// Nothing in it can end a script element.
std::string as_script_text(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char letter : json) {
    if (letter == '<') {
      text += "\\u003c";
    } else {
      text += letter;
    }
  }
  return text;
}

}  // namespace

std::string filled_page(std::string_view page, const std::string& json,
                        const std::vector<std::pair<std::string_view, std::string_view>>& parts) {
  // What a name smuggles in can't know it: it depends on that name.
  const std::string nonce = to_hex(digest128(std::as_bytes(std::span(json.data(), json.size()))));
  const std::string data = as_script_text(json);
  std::string filled;
  for (std::size_t mark = page.find("{{"); mark != std::string_view::npos; mark = page.find("{{")) {
    filled += page.substr(0, mark);
    const std::size_t end = page.find("}}", mark);
    const std::string_view name = page.substr(mark + 2, end - mark - 2);
    if (name == "NONCE") filled += nonce;
    if (name == "DATA") filled += data;
    for (const auto& [place, text] : parts) {
      if (place == name) filled += text;
    }
    page.remove_prefix(end + 2);
  }
  return filled += page;
}

}  // namespace unmask
