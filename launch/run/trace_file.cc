#include "launch/run/trace_file.h"

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/host_name.h"
#include "base/trace.h"

namespace unmask {
namespace {

using nlohmann::json;

/// This rank's events, joined by commas: what stands between the brackets of the whole.
std::string events_text(int rank) {
  std::int64_t dropped = 0;
  const std::vector<Trace::Event> events = Trace::take(&dropped);
  std::string name = "rank " + std::to_string(rank) + " on " + host_name();
  if (dropped > 0) name += " (" + std::to_string(dropped) + " events were not kept)";
  std::string text = json{{"name", "process_name"}, {"ph", "M"}, {"pid", rank}, {"args", {{"name", name}}}}.dump();
  for (const Trace::Event& event : events) {
    text += ",\n" + json{{"name", event.name},   {"ph", "X"},
                         {"pid", rank},          {"tid", event.thread},
                         {"ts", event.start_us}, {"dur", event.duration_us}}
                        .dump();
  }
  return text;
}

}  // namespace

TraceFile::TraceFile(std::filesystem::path file, Session& session) : file_(std::move(file)), session_(session) {
  if (file_.empty()) return;
  session_.on_root([&] {
    require_writable(file_);
    return std::string();
  });
  session_.world().barrier();
  Trace::start();
}

void TraceFile::write() {
  if (file_.empty()) return;
  const std::vector<std::string> parts = all_gather_text(session_.world(), events_text(session_.rank()));
  session_.on_root([&] {
    std::string text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
    for (std::size_t rank = 0; rank < parts.size(); ++rank) text += (rank > 0 ? ",\n" : "") + parts[rank];
    write_file_durably(file_, text + "\n]}\n");
    session_.note("trace: " + file_.string() + " (open it in ui.perfetto.dev or chrome://tracing)");
    return std::string();
  });
}

}  // namespace unmask
