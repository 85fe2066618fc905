#include "dist/progress.h"

#include <algorithm>
#include <utility>

namespace unmask {

void Progress::advance(const std::string& doing) {
  const std::lock_guard lock(mutex_);
  ++count_;
  doing_ = doing;
}

Progress::State Progress::state() const {
  const std::lock_guard lock(mutex_);
  State state{count_, doing_, "", 0};
  if (!collectives_.empty()) {
    state.operation = collectives_.front().operation;
    state.sequence = collectives_.front().sequence;
  }
  return state;
}

Progress::InCollective::InCollective(Progress& progress, std::string operation, std::int64_t sequence)
    : progress_(progress) {
  const std::lock_guard lock(progress_.mutex_);
  id_ = ++progress_.last_id_;
  progress_.collectives_.push_back({id_, std::move(operation), sequence});
}

Progress::InCollective::~InCollective() {
  const std::lock_guard lock(progress_.mutex_);
  ++progress_.count_;
  std::erase_if(progress_.collectives_, [&](const Collective& one) { return one.id == id_; });
}

namespace {

class WatchedCommunicator final : public Communicator {
 public:
  WatchedCommunicator(std::unique_ptr<Communicator> inner, Progress& progress)
      : inner_(std::move(inner)), progress_(progress) {}

  int rank() const noexcept override { return inner_->rank(); }
  int world() const noexcept override { return inner_->world(); }

  void all_reduce_sum(std::span<std::int64_t> values) override {
    const Progress::InCollective in(progress_, "all_reduce_sum(int64)", ++sequence_);
    inner_->all_reduce_sum(values);
  }
  void all_reduce_sum(std::span<float> values) override {
    const Progress::InCollective in(progress_, "all_reduce_sum(float)", ++sequence_);
    inner_->all_reduce_sum(values);
  }
  void compare_sizes(bool compare) override { inner_->compare_sizes(compare); }
  void broadcast(std::span<std::byte> bytes, int root) override {
    const Progress::InCollective in(progress_, "broadcast", ++sequence_);
    inner_->broadcast(bytes, root);
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override {
    const Progress::InCollective in(progress_, "all_gather", ++sequence_);
    return inner_->all_gather(mine);
  }
  void barrier() override {
    const Progress::InCollective in(progress_, "barrier", ++sequence_);
    inner_->barrier();
  }
  std::unique_ptr<Communicator> duplicate() override {
    const Progress::InCollective in(progress_, "duplicate", ++sequence_);
    return watched(inner_->duplicate(), progress_);
  }
  void interrupt() override { inner_->interrupt(); }
  bool sums_fail_alone() const override { return inner_->sums_fail_alone(); }
  void raise_alarm() override { inner_->raise_alarm(); }
  bool alarmed() override { return inner_->alarmed(); }
  void close() override {
    const Progress::InCollective in(progress_, "close", ++sequence_);
    inner_->close();
  }
  void abort(const std::string& reason) override { inner_->abort(reason); }
  Progress& progress() const { return progress_; }

 private:
  std::unique_ptr<Communicator> inner_;
  Progress& progress_;
  std::int64_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<Communicator> watched(std::unique_ptr<Communicator> communicator, Progress& progress) {
  return std::make_unique<WatchedCommunicator>(std::move(communicator), progress);
}

std::unique_ptr<Communicator> watched_as(const Communicator& group, std::unique_ptr<Communicator> communicator) {
  const auto* const who = dynamic_cast<const WatchedCommunicator*>(&group);
  return who != nullptr && communicator ? watched(std::move(communicator), who->progress()) : std::move(communicator);
}

}  // namespace unmask
