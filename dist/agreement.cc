#include "dist/agreement.h"

#include <new>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include "dist/gpus.h"

namespace unmask {
namespace {

int weight(Cause cause) { return cause == Cause::kDevice ? 2 : cause == Cause::kPeerLost ? 1 : 0; }

}  // namespace

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

Fault current_fault() {
  try {
    throw;
  } catch (const CommError&) {
    throw;
  } catch (const AgreedError&) {
    throw;
  } catch (const Error& error) {
    const Fault& fault = error.fault();
    return {.kind = fault.kind, .cause = fault.cause, .text = fault.told(), .step = fault.step};
  } catch (const std::bad_alloc&) {
    return {.cause = Cause::kMemory, .text = "out of memory"};
  } catch (const std::system_error& error) {  // of std::filesystem too
    const std::error_condition condition = error.code().default_error_condition();
    const bool has_errno = condition.category() == std::generic_category();
    return {.cause = has_errno ? cause_of_errno(condition.value()) : Cause::kOther, .text = plain_text(error)};
  } catch (const std::exception& error) {
    return {.text = with_driver(error.what())};
  }
}

std::optional<Fault> first_fault(Communicator& group, const std::optional<Fault>& mine) {
  const std::string own = mine ? to_text(*mine) : "";
  const std::vector<std::string> faults =
      group.world() > 1 ? all_gather_text(group, own) : std::vector<std::string>{own};
  std::optional<Fault> first;
  for (std::size_t rank = 0; rank < faults.size(); ++rank) {
    if (faults[rank].empty()) continue;
    Fault fault = fault_from(faults[rank]);
    if (first && weight(fault.cause) <= weight(first->cause)) continue;
    first = fault;
    first->rank = static_cast<int>(rank);
  }
  return first;
}

void agree(Communicator& group, const std::string& what, const std::function<void()>& work) {
  std::optional<Fault> mine;
  try {
    work();
  } catch (...) {
    mine = current_fault();
  }
  std::optional<Fault> fault = first_fault(group, mine);
  if (!fault) return;
  fault->during = what;
  if (group.world() == 1) fault->rank.reset();
  throw AgreedError(*fault);
}

}  // namespace unmask
