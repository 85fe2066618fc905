// report.html: one file with its styles, scripts and data, which asks for nothing else. The page's own files are in
// report/page/, built into the program.
#pragma once

#include <string>

namespace unmask {

/// The page of one run. `json`: report_json(). Names in it are text, never markup: the page's security policy lets no
/// script run but its own.
std::string report_page(const std::string& json);

}  // namespace unmask
