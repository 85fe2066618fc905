#include "dist/progress.h"

#include <algorithm>
#include <utility>

#include "dist/forwarding_communicator.h"

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

class WatchedCommunicator final : public ForwardingCommunicator {
 public:
  WatchedCommunicator(std::unique_ptr<Communicator> inner, Progress& progress)
      : ForwardingCommunicator(std::move(inner)), progress_(progress) {}

  std::unique_ptr<Communicator> duplicate() override { return watched(ForwardingCommunicator::duplicate(), progress_); }
  Progress& progress() const { return progress_; }

 protected:
  void collective(const char* operation, const std::function<void()>& call) override {
    const Progress::InCollective in(progress_, operation, ++sequence_);
    call();
  }

 private:
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
