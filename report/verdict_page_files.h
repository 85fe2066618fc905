// The files of report/page/ that the page of verdicts is made of, as they were when the program was built
// (cmake/page_files.cmake).
#pragma once

#include <string_view>

namespace unmask::verdict_page_files {

extern const std::string_view kPage;    // verdicts.html, with places {{NAME}}
extern const std::string_view kStyle;   // report.css, verdicts.css
extern const std::string_view kScript;  // verdicts.js

}  // namespace unmask::verdict_page_files
