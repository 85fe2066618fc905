#include "report/report_page.h"

#include "report/page_files.h"
#include "report/page_template.h"

namespace unmask {

std::string report_page(const std::string& json) {
  return filled_page(page_files::kPage, json,
                     {{"STYLE", page_files::kStyle}, {"D3", page_files::kD3}, {"SCRIPT", page_files::kScript}});
}

}  // namespace unmask
