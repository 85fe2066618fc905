// A communicator that is dear to make, kept from one lease of a rank to the next while the ranks of its group stay.
//
//   KeptCommunicator kept([](Communicator& group) { return make_nccl_communicator(group, {}); });  // lives on
//   const std::unique_ptr<Communicator> sums = kept.lend(*group);  // on all ranks of a lease's group
//   sums->close();                                                 // all ranks: it is given back, and kept
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dist/communicator.h"

namespace unmask {

/// THREAD: one.
class KeptCommunicator {
 public:
  /// COLLECTIVE over the group: a communicator of its ranks, which outlives it.
  using Make = std::function<std::unique_ptr<Communicator>(Communicator& group)>;

  explicit KeptCommunicator(Make make);
  /// Lets it go.
  ~KeptCommunicator();
  KeptCommunicator(const KeptCommunicator&) = delete;

  /// The one that all ranks of `group` were lent last, in the same order and nobody else, and that all have given
  /// back; else a new one, and the old one is let go. close() gives it back, to be kept, but not after an alarm, an
  /// interrupt, an abort or a call that threw: then it closes it. One at a time; this object must outlive it, and who
  /// watches the group that it was made for (dist/progress.h) all of its calls. COLLECTIVE.
  /// THROWS what making one does.
  std::unique_ptr<Communicator> lend(Communicator& group);
  /// Its ranks may be in other groups by now, or dead: they aren't met again. Each frees what is its own; of MPI's
  /// communicator on the host that is nothing, so a few KiB stay for each.
  void let_go();

 private:
  class Lent;
  Make make_;
  std::unique_ptr<Communicator> kept_;
  std::string name_;  // the same on all its ranks, and of no other communicator
};

}  // namespace unmask
