#include "dist/forwarding_communicator.h"

#include <utility>

namespace unmask {

ForwardingCommunicator::ForwardingCommunicator(std::unique_ptr<Communicator> inner)
    : inner_(std::move(inner)), rank_(inner_->rank()), world_(inner_->world()) {}

void ForwardingCommunicator::collective(const char* operation, const std::function<void()>& call) {
  if (!inner_) {
    throw CommError(std::string(operation) + " on rank " + std::to_string(rank_) + " of " + std::to_string(world_) +
                    ": the communicator was given back");
  }
  call();
}

void ForwardingCommunicator::all_reduce_sum(std::span<std::int64_t> values) {
  collective("all_reduce_sum(int64)", [&] { inner_->all_reduce_sum(values); });
}

void ForwardingCommunicator::all_reduce_sum(std::span<float> values) {
  collective("all_reduce_sum(float)", [&] { inner_->all_reduce_sum(values); });
}

void ForwardingCommunicator::broadcast(std::span<std::byte> bytes, int root) {
  collective("broadcast", [&] { inner_->broadcast(bytes, root); });
}

std::vector<std::vector<std::byte>> ForwardingCommunicator::all_gather(std::span<const std::byte> mine) {
  std::vector<std::vector<std::byte>> all;
  collective("all_gather", [&] { all = inner_->all_gather(mine); });
  return all;
}

void ForwardingCommunicator::barrier() {
  collective("barrier", [&] { inner_->barrier(); });
}

std::unique_ptr<Communicator> ForwardingCommunicator::duplicate() {
  std::unique_ptr<Communicator> copy;
  collective("duplicate", [&] { copy = inner_->duplicate(); });
  return copy;
}

void ForwardingCommunicator::close() {
  if (inner_) collective("close", [&] { inner_->close(); });
}

void ForwardingCommunicator::compare_sizes(bool compare) {
  if (inner_) inner_->compare_sizes(compare);
}

void ForwardingCommunicator::interrupt() {
  if (inner_) inner_->interrupt();
}

bool ForwardingCommunicator::sums_fail_alone() const { return inner_ && inner_->sums_fail_alone(); }

void ForwardingCommunicator::raise_alarm() {
  if (inner_) inner_->raise_alarm();
}

bool ForwardingCommunicator::alarmed() { return inner_ && inner_->alarmed(); }

void ForwardingCommunicator::abort(const std::string& reason) {
  if (inner_) inner_->abort(reason);
}

}  // namespace unmask
