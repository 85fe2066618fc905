#include "dist/loopback_communicator.h"

namespace unmask {
namespace {

class LoopbackCommunicator final : public Communicator {
 public:
  int rank() const noexcept override { return 0; }
  int world() const noexcept override { return 1; }
  void all_reduce_sum(std::span<std::int64_t>) override { require_open("all_reduce_sum(int64)"); }
  void all_reduce_sum(std::span<float>) override { require_open("all_reduce_sum(float)"); }
  void broadcast(std::span<std::byte>, int root) override {
    require_open("broadcast");
    if (root != 0) throw CommError("broadcast: root is " + std::to_string(root) + ", but the world has one rank, 0");
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override {
    require_open("all_gather");
    return {{mine.begin(), mine.end()}};
  }
  void barrier() override { require_open("barrier"); }
  std::unique_ptr<Communicator> duplicate() override {
    require_open("duplicate");
    return std::make_unique<LoopbackCommunicator>();
  }
  void close() override {
    if (refusal_.empty()) refusal_ = "the communicator is closed";
  }
  void abort(const std::string& reason) override { refusal_ = "the communicator was aborted: " + reason; }

 private:
  void require_open(const char* operation) const {
    if (!refusal_.empty()) throw CommError(std::string(operation) + " on rank 0 of 1: " + refusal_);
  }

  std::string refusal_;
};

}  // namespace

std::unique_ptr<Communicator> make_loopback_communicator() { return std::make_unique<LoopbackCommunicator>(); }

}  // namespace unmask
