#include "model/train/fault.h"

#include <new>
#include <string_view>

namespace unmask {
namespace {

constexpr std::string_view kMark = " [kind ";

std::string marked(const std::string& text, ErrorKind kind) {
  return text + std::string(kMark) + std::to_string(static_cast<int>(kind)) + "]";
}

}  // namespace

std::string current_fault() {
  try {
    throw;
  } catch (const CommError&) {
    throw;
  } catch (const Error& error) {
    return marked(error.what(), error.kind());
  } catch (const std::bad_alloc&) {
    return marked("out of memory", ErrorKind::kFailed);
  } catch (const std::exception& error) {
    return marked(error.what(), ErrorKind::kFailed);
  }
}

Error fault_error(const std::string& context, const std::string& fault) {
  ErrorKind kind = ErrorKind::kFailed;
  std::string text = fault;
  if (const std::size_t mark = fault.rfind(kMark); mark != std::string::npos) {
    kind = static_cast<ErrorKind>(std::atoi(fault.c_str() + mark + kMark.size()));
    text = fault.substr(0, mark);
  }
  return Error(kind, context + ": " + text);
}

void agree(Communicator& group, const std::string& what, const std::function<void()>& work) {
  std::string mine;
  try {
    work();
  } catch (...) {
    mine = current_fault();
  }
  const std::vector<std::string> faults = all_gather_text(group, mine);
  for (std::size_t rank = 0; rank < faults.size(); ++rank) {
    if (!faults[rank].empty())
      throw fault_error(what + (group.world() > 1 ? ": rank " + std::to_string(rank) : ""), faults[rank]);
  }
}

}  // namespace unmask
