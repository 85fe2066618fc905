// A page that is one file: its html with the places {{NAME}} filled with styles, scripts and data.
//
//   const std::string page = filled_page(page_files::kPage, json, {{"STYLE", style}, {"SCRIPT", script}});
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unmask {

/// DATA becomes `json`, in which nothing can end a script element; NONCE a word that its security policy asks of
/// scripts and styles, and that no text in `json` can know. A place that isn't named is left empty.
std::string filled_page(std::string_view page, const std::string& json,
                        const std::vector<std::pair<std::string_view, std::string_view>>& parts);

}  // namespace unmask
