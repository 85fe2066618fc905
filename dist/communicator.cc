#include "dist/communicator.h"

#include <cstring>

namespace unmask {

std::string broadcast_text(Communicator& communicator, const std::string& text, int root) {
  std::uint64_t length = text.size();
  communicator.broadcast(std::as_writable_bytes(std::span(&length, 1)), root);
  std::string result = communicator.rank() == root ? text : std::string(length, '\0');
  if (length > 0) communicator.broadcast(std::as_writable_bytes(std::span(result.data(), result.size())), root);
  return result;
}

std::vector<std::string> all_gather_text(Communicator& communicator, const std::string& text) {
  std::vector<std::string> texts;
  for (const std::vector<std::byte>& bytes : communicator.all_gather(std::as_bytes(std::span(text.data(), text.size())))) {
    texts.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return texts;
}

}  // namespace unmask
