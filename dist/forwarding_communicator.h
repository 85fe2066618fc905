// A communicator that hands every call to another one: the base of those that add something to it.
//
//   class Counting final : public ForwardingCommunicator {
//    public:
//     using ForwardingCommunicator::ForwardingCommunicator;
//     int calls = 0;
//
//    protected:
//     void collective(const char* operation, const std::function<void()>& call) override { ++calls, call(); }
//   };
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace unmask {

/// THREAD: as the inner one. Its duplicates are the inner one's: they add nothing.
class ForwardingCommunicator : public Communicator {
 public:
  explicit ForwardingCommunicator(std::unique_ptr<Communicator> inner);

  int rank() const noexcept override { return rank_; }
  int world() const noexcept override { return world_; }
  void all_reduce_sum(std::span<std::int64_t> values) override;
  void all_reduce_sum(std::span<float> values) override;
  void compare_sizes(bool compare) override;
  void broadcast(std::span<std::byte> bytes, int root) override;
  std::vector<std::vector<std::byte>> all_gather(std::span<const std::byte> mine) override;
  void barrier() override;
  std::unique_ptr<Communicator> duplicate() override;
  void interrupt() override;
  bool sums_fail_alone() const override;
  void raise_alarm() override;
  bool alarmed() override;
  void close() override;
  void abort(const std::string& reason) override;

 protected:
  /// Each collective goes through it, duplicate() and close() too: `call` makes it, `operation` is its name in errors.
  virtual void collective(const char* operation, const std::function<void()>& call);

  /// Null where a class has given it away: collectives then throw CommError, and all other calls do nothing.
  std::unique_ptr<Communicator> inner_;

 private:
  int rank_, world_;
};

}  // namespace unmask
