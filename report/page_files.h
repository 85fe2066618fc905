// The files of report/page/ and D3, as they were when the program was built (cmake/page_files.cmake).
#pragma once

#include <string_view>

namespace unmask::page_files {

extern const std::string_view kPage;    // report.html, with places {{NAME}}
extern const std::string_view kStyle;   // report.css
extern const std::string_view kScript;  // the .js files, one after another
extern const std::string_view kD3;

}  // namespace unmask::page_files
