#include "dist/kept_communicator.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <unistd.h>

#include "base/host_name.h"
#include "dist/forwarding_communicator.h"

namespace unmask {
namespace {

std::string new_name() {
  static std::atomic<std::int64_t> made = 0;
  return host_name() + " " + std::to_string(::getpid()) + " " + std::to_string(++made);
}

}  // namespace

/// Good as long as no call has failed.
class KeptCommunicator::Lent final : public ForwardingCommunicator {
 public:
  Lent(std::unique_ptr<Communicator> inner, KeptCommunicator& keeper)
      : ForwardingCommunicator(std::move(inner)), keeper_(keeper) {}

  void raise_alarm() override {
    good_ = false;
    ForwardingCommunicator::raise_alarm();
  }
  void interrupt() override {
    good_ = false;
    ForwardingCommunicator::interrupt();
  }
  void abort(const std::string& reason) override {
    good_ = false;
    ForwardingCommunicator::abort(reason);
  }
  void close() override {
    if (!inner_ || !good_) return ForwardingCommunicator::close();
    inner_->compare_sizes(true);  // as a new one
    keeper_.kept_ = std::move(inner_);
  }

 protected:
  void collective(const char* operation, const std::function<void()>& call) override {
    try {
      ForwardingCommunicator::collective(operation, call);
    } catch (...) {
      good_ = false;
      throw;
    }
  }

 private:
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
