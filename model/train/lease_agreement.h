// What the ranks of a lease meet, each by itself, and how all of them come to leave it together.
//
//   LeaseAgreement ranks(group, [&] { return files.fault(); });
//   ranks.alone([&] { observer.on_step(news); });                         // what it throws waits
//   ranks.together("saving the results", [&] { files.write_best(); });    // all throw it, or what one meets here
#pragma once

#include <functional>
#include <optional>

#include "base/fault.h"
#include "dist/communicator.h"

namespace unmask {

class LeaseAgreement {
 public:
  /// `elsewhere`: what this rank has met where nobody could throw it, if anything. `group` must outlive this.
  LeaseAgreement(Communicator& group, std::function<std::optional<Fault>()> elsewhere)
      : group_(group), elsewhere_(std::move(elsewhere)) {}

  /// Work of this rank where no agreement follows at once: what it throws is told at the next one, or at the next step,
  /// which takes pending(). The first fault stays.
  void alone(const std::function<void()>& work);
  /// Work of all ranks. THROWS AgreedError (dist/agreement.h) on all of them where one fails, or has a pending fault.
  /// COLLECTIVE.
  void together(const char* what, const std::function<void()>& work);
  /// This rank alone knows of it.
  void keep(const Fault& fault);
  bool has_own() const { return fault_.has_value(); }
  std::optional<Fault> pending() const { return fault_ ? fault_ : elsewhere_(); }

 private:
  Communicator& group_;
  std::function<std::optional<Fault>()> elsewhere_;
  std::optional<Fault> fault_;
};

}  // namespace unmask
