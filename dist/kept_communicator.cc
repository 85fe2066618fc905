#include "dist/kept_communicator.h"

#include <algorithm>
#include <atomic>
#include <type_traits>
#include <utility>

#include <unistd.h>

#include "base/host_name.h"

namespace unmask {
namespace {

std::string new_name() {
  static std::atomic<std::int64_t> made = 0;
  return host_name() + " " + std::to_string(::getpid()) + " " + std::to_string(++made);
}

}  // namespace

/// Passes calls on. Good as long as none has failed.
class KeptCommunicator::Lent final : public Communicator {
 public:
  Lent(std::unique_ptr<Communicator> inner, KeptCommunicator& keeper)
      : rank_(inner->rank()), world_(inner->world()), inner_(std::move(inner)), keeper_(keeper) {}

  int rank() const noexcept override { return rank_; }
  int world() const noexcept override { return world_; }
  void all_reduce_sum(std::span<std::int64_t> values) override {
    call([&] { inner_->all_reduce_sum(values); });
  }
  void all_reduce_sum(std::span<float> values) override {
    call([&] { inner_->all_reduce_sum(values); });
  }
  void compare_sizes(bool compare) override {
    if (inner_) inner_->compare_sizes(compare);
  }
  void broadcast(std::span<std::byte> bytes, int root) override {
    call([&] { inner_->broadcast(bytes, root); });
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override {
    return call([&] { return inner_->all_gather(mine); });
  }
  void barrier() override {
    call([&] { inner_->barrier(); });
  }
  std::unique_ptr<Communicator> duplicate() override {
    return call([&] { return inner_->duplicate(); });
  }
  bool sums_fail_alone() const override { return inner_ && inner_->sums_fail_alone(); }
  bool alarmed() override { return inner_ && inner_->alarmed(); }
  void raise_alarm() override {
    good_ = false;
    if (inner_) inner_->raise_alarm();
  }
  void interrupt() override {
    good_ = false;
    if (inner_) inner_->interrupt();
  }
  void abort(const std::string& reason) override {
    good_ = false;
    if (inner_) inner_->abort(reason);
  }
  void close() override {
    if (!inner_) return;
    if (!good_) return inner_->close();
    inner_->compare_sizes(true);  // as a new one
    keeper_.kept_ = std::move(inner_);
  }

 private:
  template <class Work>
  std::invoke_result_t<Work> call(Work work) {
    try {
      if (!inner_) throw CommError("rank " + std::to_string(rank_) + ": the communicator was given back");
      return work();
    } catch (...) {
      good_ = false;
      throw;
    }
  }

  int rank_, world_;
  std::unique_ptr<Communicator> inner_;
  KeptCommunicator& keeper_;
  std::atomic<bool> good_ = true;
};

KeptCommunicator::KeptCommunicator(Make make) : make_(std::move(make)) {}

KeptCommunicator::~KeptCommunicator() { let_go(); }

void KeptCommunicator::let_go() {
  if (kept_) kept_->abort("its ranks have gone to other groups");
  kept_.reset();
}

std::unique_ptr<Communicator> KeptCommunicator::lend(Communicator& group) {
  // As many ranks as it has, each at its own place: these are its ranks.
  const bool fits = kept_ && kept_->world() == group.world() && kept_->rank() == group.rank();
  const std::vector<std::string> names = all_gather_text(group, fits ? name_ : "");
  const bool all_have_it =
      !names[0].empty() && std::ranges::all_of(names, [&](const std::string& name) { return name == names[0]; });
  if (all_have_it) return std::make_unique<Lent>(std::move(kept_), *this);
  let_go();
  std::unique_ptr<Communicator> made = make_(group);
  name_ = broadcast_text(group, new_name());
  return std::make_unique<Lent>(std::move(made), *this);
}

}  // namespace unmask
