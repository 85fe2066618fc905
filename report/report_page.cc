#include "report/report_page.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "report/page_files.h"

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

std::string report_page(const std::string& json) {
  // What a name smuggles in can't know it: it depends on that name.
  const std::string nonce = to_hex(digest128(std::as_bytes(std::span(json.data(), json.size()))));
  const std::array<std::pair<std::string_view, std::string>, 5> places = {{{"NONCE", nonce},
                                                                           {"STYLE", std::string(page_files::kStyle)},
                                                                           {"D3", std::string(page_files::kD3)},
                                                                           {"SCRIPT", std::string(page_files::kScript)},
                                                                           {"DATA", as_script_text(json)}}};
  std::string page;
  std::string_view rest = page_files::kPage;
  for (std::size_t mark = rest.find("{{"); mark != std::string_view::npos; mark = rest.find("{{")) {
    page += rest.substr(0, mark);
    const std::size_t end = rest.find("}}", mark);
    const std::string_view name = rest.substr(mark + 2, end - mark - 2);
    for (const auto& [place, text] : places) {
      if (place == name) page += text;
    }
    rest.remove_prefix(end + 2);
  }
  page += rest;
  return page;
}

}  // namespace unmask
