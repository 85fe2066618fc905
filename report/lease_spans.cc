#include "report/lease_spans.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <sstream>

#include "base/table_text.h"

namespace unmask {
namespace {

/// "2026-11-22T18:00:09Z" as seconds; nothing if it is none.
std::optional<double> utc_seconds(const std::string& text) {
  std::tm broken{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &broken);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<double>(::timegm(&broken));
}

/// A line's cells by the names of the header; "" where there is no such column.
class Line {
 public:
  Line(const std::vector<std::string>& header, const std::vector<std::string>& cells)
      : header_(header), cells_(cells) {}
  std::string text(const char* column) const {
    const auto found = std::ranges::find(header_, column);
    return found == header_.end() ? "" : cells_[static_cast<std::size_t>(found - header_.begin())];
  }
  std::optional<double> number(const char* column) const {
    const std::string value = text(column);
    char* rest = nullptr;
    const double number = std::strtod(value.c_str(), &rest);
    return value.empty() || *rest != '\0' || !std::isfinite(number) ? std::nullopt : std::optional(number);
  }
  int whole(const char* column) const { return static_cast<int>(number(column).value_or(0)); }

 private:
  const std::vector<std::string>& header_;
  const std::vector<std::string>& cells_;
};

std::optional<LeaseSpan> span_of(const Line& line) {
  const auto trial = line.number("trial"), wall_s = line.number("wall_s");
  const auto end = utc_seconds(line.text("ended"));
  if (!trial || !wall_s || !end) return std::nullopt;
  LeaseSpan span;
  span.lease = {static_cast<int>(*trial),
                line.whole("attempt"),
                line.whole("ranks"),
                line.text("host"),
                line.whole("from_step"),
                line.whole("to_step"),
                *wall_s,
                line.text("end"),
                line.text("ended")};
  span.begin_s = *end - *wall_s;
  span.end_s = *end;
  return span;
}

}  // namespace

std::vector<LeaseSpan> lease_spans(const std::string& timing_csv) {
  std::vector<LeaseSpan> spans;
  std::istringstream lines(timing_csv);
  std::string line;
  std::getline(lines, line);
  const auto header = split_csv(line);
  while (std::getline(lines, line)) {
    const auto cells = split_csv(line);
    if (cells.size() != header.size()) continue;
    if (const auto span = span_of(Line(header, cells))) spans.push_back(*span);
  }
  return spans;
}

}  // namespace unmask
