#include "dist/communicator.h"

namespace unmask {

std::string broadcast_text(Communicator& communicator, const std::string& text, int root) {
  if (root < 0 || root >= communicator.world()) {
    throw CommError("broadcast_text on rank " + std::to_string(communicator.rank()) + ": root is " +
                    std::to_string(root) + ", but the world has ranks 0 to " +
                    std::to_string(communicator.world() - 1));
  }
  // all_gather takes host memory in every backend, and lengths that only their rank knows.
  return all_gather_text(communicator, communicator.rank() == root ? text : "").at(static_cast<std::size_t>(root));
}

std::vector<std::string> all_gather_text(Communicator& communicator, const std::string& text) {
  std::vector<std::string> texts;
  for (const std::vector<std::byte>& bytes :
       communicator.all_gather(std::as_bytes(std::span(text.data(), text.size())))) {
    texts.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return texts;
}

}  // namespace unmask
