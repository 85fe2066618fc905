#include "dist/thread_communicator.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace unmask {
namespace {

/// What one rank brings to a collective: all ranks must bring the same `operation`, `size` and `root`.
struct Call {
  std::string operation;
  std::size_t size = 0;
  int root = -1;
  void* data = nullptr;
};

/// Shared by a communicator and its duplicates.
struct Family {
  explicit Family(int world, ThreadCommunicatorOptions chosen)
      : options(std::move(chosen)), operations(static_cast<std::size_t>(world)) {}
  std::mutex mutex;
  ThreadCommunicatorOptions options;
  std::vector<int> operations;  // calls so far, by rank
};

/// Where the ranks of one communicator meet.
struct Meeting {
  Meeting(int world, std::shared_ptr<Family> of) : calls(static_cast<std::size_t>(world)), family(std::move(of)) {}
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Call> calls;
  std::size_t arrived = 0;
  std::uint64_t round = 0, good_rounds = 0;
  std::string broken;             // why no call is possible any more
  bool alarmed = false;           // by one of them
  std::shared_ptr<Meeting> next;  // for duplicate()
  std::shared_ptr<Family> family;
};

std::string disagreement(const std::vector<Call>& calls) {
  for (std::size_t r = 1; r < calls.size(); ++r) {
    const Call &first = calls[0], &other = calls[r];
    if (other.operation != first.operation) {
      return "rank 0 calls " + first.operation + ", rank " + std::to_string(r) + " calls " + other.operation;
    }
    if (other.size != first.size) {
      return first.operation + ": sizes differ between ranks: " + std::to_string(first.size) + " on rank 0, " +
             std::to_string(other.size) + " on rank " + std::to_string(r);
    }
    if (other.root != first.root) {
      return first.operation + ": root is " + std::to_string(first.root) + " on rank 0, " + std::to_string(other.root) +
             " on rank " + std::to_string(r);
    }
  }
  return {};
}

template <class T>
void sum_into_all(std::vector<Call>& calls) {
  for (std::size_t i = 0; i < calls[0].size; ++i) {
    T total = 0;
    for (const Call& call : calls) total += static_cast<const T*>(call.data)[i];
    for (Call& call : calls) static_cast<T*>(call.data)[i] = total;
  }
}

class ThreadCommunicator final : public Communicator {
 public:
  ThreadCommunicator(int rank, std::shared_ptr<Meeting> meeting) : rank_(rank), meeting_(std::move(meeting)) {}

  int rank() const noexcept override { return rank_; }
  int world() const noexcept override { return static_cast<int>(meeting_->calls.size()); }

  void all_reduce_sum(std::span<std::int64_t> values) override {
    meet({"all_reduce_sum(int64)", values.size(), -1, values.data()}, sum_into_all<std::int64_t>);
  }
  void all_reduce_sum(std::span<float> values) override {
    meet({"all_reduce_sum(float)", values.size(), -1, values.data()}, sum_into_all<float>);
  }
  void broadcast(std::span<std::byte> bytes, int root) override {
    if (root < 0 || root >= world()) {
      throw CommError("broadcast on rank " + std::to_string(rank_) + ": root is " + std::to_string(root) +
                      ", but the world has ranks 0 to " + std::to_string(world() - 1));
    }
    meet({"broadcast", bytes.size(), root, bytes.data()}, [root](std::vector<Call>& calls) {
      const auto* from = static_cast<const std::byte*>(calls[static_cast<std::size_t>(root)].data);
      for (Call& call : calls) {
        if (call.data != from) std::copy(from, from + call.size, static_cast<std::byte*>(call.data));
      }
    });
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override {
    struct Exchange {
      std::span<const std::byte> mine;
      std::vector<std::vector<std::byte>> gathered;
    } exchange{mine, {}};
    meet({"all_gather", 0, -1, &exchange}, [](std::vector<Call>& calls) {
      std::vector<std::vector<std::byte>> all;
      for (const Call& call : calls) {
        const auto bytes = static_cast<const Exchange*>(call.data)->mine;
        all.emplace_back(bytes.begin(), bytes.end());
      }
      for (Call& call : calls) static_cast<Exchange*>(call.data)->gathered = all;
    });
    return std::move(exchange.gathered);
  }
  void barrier() override {
    meet({"barrier"}, [](std::vector<Call>&) {});
  }
  std::unique_ptr<Communicator> duplicate() override {
    std::shared_ptr<Meeting> made;
    meet({"duplicate", 0, -1, &made}, [this](std::vector<Call>& calls) {
      const auto next = std::make_shared<Meeting>(world(), meeting_->family);
      for (Call& call : calls) *static_cast<std::shared_ptr<Meeting>*>(call.data) = next;
    });
    return std::make_unique<ThreadCommunicator>(rank_, made);
  }
  void raise_alarm() override {
    const std::lock_guard lock(meeting_->mutex);
    meeting_->alarmed = alarmed_ = true;
  }
  bool alarmed() override {
    const std::lock_guard lock(meeting_->mutex);
    return meeting_->alarmed;
  }
  void close() override {
    if (!refusal_.empty()) return;
    meet({"close", alarmed_ ? std::size_t{1} : 0}, [](std::vector<Call>&) {});  // all have raised the alarm, or none
    refusal_ = "the communicator is closed";
  }
  void abort(const std::string& reason) override {
    if (refusal_.empty()) refusal_ = "the communicator was aborted: " + reason;
    const std::lock_guard lock(meeting_->mutex);
    break_meeting("rank " + std::to_string(rank_) + " aborted: " + reason);
  }

 private:
  CommError error(const std::string& operation, const std::string& why) const {
    return CommError(operation + " on rank " + std::to_string(rank_) + " of " + std::to_string(world()) + ": " + why);
  }
  void break_meeting(const std::string& why) {  // REQUIRES: the meeting's mutex is held
    if (meeting_->broken.empty()) meeting_->broken = why;
    meeting_->changed.notify_all();
  }
  std::optional<std::string> fault_due() {
    const std::lock_guard lock(meeting_->family->mutex);
    const int operation = meeting_->family->operations[static_cast<std::size_t>(rank_)]++;
    const std::optional<ThreadFault>& fault = meeting_->family->options.fault;
    if (fault && fault->rank == rank_ && fault->operation == operation) return fault->text;
    return std::nullopt;
  }

  /// The last rank to come does `act` for all.
  template <class Act>
  void meet(Call call, Act act) {
    const std::string operation = call.operation;
    if (!refusal_.empty()) throw error(operation, refusal_);
    const std::optional<std::string> fault = fault_due();
    std::unique_lock lock(meeting_->mutex);
    if (fault) break_meeting("rank " + std::to_string(rank_) + " failed: " + *fault);
    if (!meeting_->broken.empty()) throw error(operation, meeting_->broken);
    meeting_->calls[static_cast<std::size_t>(rank_)] = std::move(call);
    const std::uint64_t round = meeting_->round;
    if (++meeting_->arrived == meeting_->calls.size()) {
      const std::string why = disagreement(meeting_->calls);
      if (why.empty()) {
        act(meeting_->calls);
        meeting_->good_rounds = round + 1;
      } else {
        break_meeting(why);
      }
      meeting_->arrived = 0;
      ++meeting_->round;
      meeting_->changed.notify_all();
    } else {
      const auto timeout = std::chrono::duration<double>(meeting_->family->options.timeout_s);
      const auto over = [&] { return meeting_->round != round || !meeting_->broken.empty(); };
      if (!meeting_->changed.wait_for(lock, timeout, over))
        break_meeting("a rank did not come to " + operation + " in time");
    }
    // A round that ended well stays good though a peer has broken a later one.
    if (meeting_->good_rounds <= round) throw error(operation, meeting_->broken);
  }

  int rank_;
  std::shared_ptr<Meeting> meeting_;
  std::string refusal_;
  std::atomic<bool> alarmed_ = false;
};

}  // namespace

std::vector<std::unique_ptr<Communicator>> make_thread_communicators(int world, ThreadCommunicatorOptions options) {
  const auto meeting = std::make_shared<Meeting>(world, std::make_shared<Family>(world, std::move(options)));
  std::vector<std::unique_ptr<Communicator>> communicators;
  for (int rank = 0; rank < world; ++rank) communicators.push_back(std::make_unique<ThreadCommunicator>(rank, meeting));
  return communicators;
}

}  // namespace unmask
