#include "base/fault.h"

#include <cerrno>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace unmask {

std::string Fault::told() const {
  const std::string whole = rank ? "rank " + std::to_string(*rank) + ": " + text : text;
  return during.empty() ? whole : during + ": " + whole;
}

std::string Fault::told_without_rank() const { return during.empty() ? text : during + ": " + text; }

Cause cause_of_errno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EROFS: return Cause::kDiskFull;
    case ENOMEM: return Cause::kMemory;
    default: return Cause::kOther;
  }
}

std::string to_text(const Fault& fault) {
  nlohmann::json json = {{"kind", static_cast<int>(fault.kind)},
                         {"cause", static_cast<int>(fault.cause)},
                         {"text", fault.text},
                         {"during", fault.during}};
  if (fault.rank) json["rank"] = *fault.rank;
  if (fault.step) json["step"] = *fault.step;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Fault fault_from(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    Fault fault;
    fault.kind = static_cast<ErrorKind>(json.at("kind").get<int>());
    fault.cause = static_cast<Cause>(json.at("cause").get<int>());
    json.at("text").get_to(fault.text);
    json.at("during").get_to(fault.during);
    if (json.contains("rank")) fault.rank = json.at("rank").get<int>();
    if (json.contains("step")) fault.step = json.at("step").get<std::int64_t>();
    return fault;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kFailed, "a rank's fault can't be read (" + std::string(error.what()) +
                                        "): are all ranks the same build? Got: " + text.substr(0, 200));
  }
}

}  // namespace unmask
