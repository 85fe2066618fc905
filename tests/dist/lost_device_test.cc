// What becomes of a step where one rank's device fails: over a fake NCCL in host memory, whose ranks are threads.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/seconds_since.h"
#include "dist/agreement.h"
#include "dist/gpus.h"
#include "dist/gradient_reducer.h"
#include "dist/nccl_communicator.h"
#include "tests/support/fake_nccl.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

using test_support::fake_nccl;

constexpr char kIllegal[] = "CUDA error: an illegal memory access was encountered";

/// Where a device's sums fail; kSum: NCCL's, on the fake device. kNone: nowhere.
enum class Place { kNone, kLaunch, kWait, kAdd, kGet, kSum };

/// Sums in host memory that fail at one place as a device's do: then and ever after.
class FailingSums final : public StepSums {
 public:
  FailingSums(const StepSumsPlan& plan, Place place, int device)
      : sums_(make_host_sums(plan)), place_(place), device_(device) {}
  std::span<std::int64_t> words() override { return sums_->words(); }
  std::span<float> floats() override { return sums_->floats(); }
  void begin(double limit, double divisor) override {
    ++step_;
    sums_->begin(limit, divisor);
  }
  void zero(const Range& range) override { sums_->zero(range); }
  bool accumulate(const Range& range, std::span<const float* const> gradients, bool fresh,
                  std::shared_ptr<const void> owner) override {
    return sums_->accumulate(range, gradients, fresh, std::move(owner));
  }
  void mark_launched(std::size_t bucket) override { fail_at(Place::kLaunch, bucket); }
  void wait_until_launched(std::size_t bucket) override { fail_at(Place::kWait, bucket); }
  bool add_scalars(std::size_t control_word, std::span<const float* const> values) override {
    return sums_->add_scalars(control_word, values);
  }
  void add_control(std::span<const std::int64_t> control) override {
    fail_at(Place::kAdd);
    sums_->add_control(control);
  }
  void get_control(std::span<std::int64_t> control) override {
    fail_at(Place::kGet);
    sums_->get_control(control);
  }
  void read(const Range& range, std::span<float> total) const override { sums_->read(range, total); }

 private:
  void fail_at(Place place, std::size_t bucket = 1) {
    if (step_ < 2 || bucket < 1) return;  // something went well before
    if (place == Place::kWait && place_ == Place::kSum) fake_nccl().broken_device = device_;
    if (place != place_ && !failed_) return;
    failed_ = true;
    throw std::runtime_error(kIllegal);
  }
  std::unique_ptr<StepSums> sums_;
  Place place_;
  int device_, step_ = 0;
  std::atomic<bool> failed_ = false;
};

std::unique_ptr<Communicator> nccl_of(Communicator& host) {
  return make_nccl_communicator(host, {.local_rank = host.rank(), .timeout_s = 8});
}

ReducerOptions failing(Place place, int rank, bool overlap) {
  return {.bucket_bytes = 1, .overlap = overlap, .make_sums = [=](const StepSumsPlan& plan) {
            return std::make_unique<FailingSums>(plan, place, rank);
          }};
}

/// A step in which every rank adds ones to each of three tensors. What it meets before the end it tells there.
StepVerdict step_of_ones(GradientReducer& reducer, int world, std::optional<Fault> fault = {}) {
  reducer.begin(world);
  const std::vector<float> ones(40, 1.0f);
  const float* pointer = ones.data();
  try {
    for (int tensor = 0; tensor < 3; ++tensor) {
      reducer.accumulate(tensor, std::span(&pointer, 1));
      reducer.ready(tensor);
    }
  } catch (...) {
    fault = current_fault();
  }
  return reducer.finish(fault, false);
}

std::vector<ReducedTensor> three_tensors() { return {{"conv", 40}, {"fc.weight", 20}, {"fc.bias", 2}}; }

class LostDeviceAnywhere : public testing::TestWithParam<std::tuple<Place, int, bool>> {};

TEST_P(LostDeviceAnywhere, IsTheSameFaultOnAllRanksWhichGoOnWithAnotherCommunicator) {
  const auto& [place, world, overlap] = GetParam();
  for (int failing_rank = 0; failing_rank < world; ++failing_rank) {
    run_ranks(world, {}, [&, place = place, world = world, overlap = overlap](Communicator& host) {
      const Place mine = host.rank() == failing_rank ? place : Place::kNone;
      GradientReducer reducer(nccl_of(host), three_tensors(), failing(mine, host.rank(), overlap));
      EXPECT_FALSE(step_of_ones(reducer, world).fault);
      const auto start = std::chrono::steady_clock::now();
      const StepVerdict verdict = step_of_ones(reducer, world);
      EXPECT_LT(seconds_since(start), 6) << "no deadline was waited for";
      ASSERT_TRUE(verdict.fault);
      EXPECT_EQ(verdict.fault->cause, Cause::kDevice);
      EXPECT_EQ(verdict.fault->rank, failing_rank);
      EXPECT_NE(verdict.fault->text.find("an illegal memory access"), std::string::npos) << verdict.fault->text;
      EXPECT_THROW(reducer.begin(1), CommError);
      reducer.close();
      host.barrier();
      EXPECT_EQ(fake_nccl().live_communicators + fake_nccl().live_streams, 0);
      fake_nccl().broken_device = -1;  // as if its rank had begun anew
      host.barrier();
      GradientReducer next(nccl_of(host), three_tensors(), failing(Place::kNone, 0, overlap));
      EXPECT_FALSE(step_of_ones(next, world).fault);
      next.close();
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Places, LostDeviceAnywhere,
                         testing::Combine(testing::Values(Place::kLaunch, Place::kWait, Place::kAdd, Place::kGet,
                                                          Place::kSum),
                                          testing::Values(2, 3), testing::Bool()));

/// A step of two ranks whose second one fails in add_control.
StepVerdict step_with(Communicator& host, const std::optional<Fault>& fault_0, const std::optional<Fault>& fault_1) {
  const Place mine = host.rank() == 1 ? Place::kAdd : Place::kNone;
  GradientReducer reducer(nccl_of(host), three_tensors(), failing(mine, host.rank(), true));
  EXPECT_FALSE(step_of_ones(reducer, 2).fault);
  const StepVerdict verdict = step_of_ones(reducer, 2, host.rank() == 0 ? fault_0 : fault_1);
  reducer.close();
  return verdict;
}

TEST(LostDevice, IsToldBeforeAPeersOtherFaultByWhatTheRankMetFirst) {
  run_ranks(2, {}, [](Communicator& host) {
    const StepVerdict verdict =
        step_with(host, Fault{.cause = Cause::kDivergence, .text = "conv: gradient is not finite"},
                  Fault{.text = "CUDA error: device-side assert triggered"});
    EXPECT_EQ(verdict.fault,
              (Fault{.cause = Cause::kDevice, .text = "CUDA error: device-side assert triggered", .rank = 1}));
  });
}

TEST(LostDevice, AFaultThatIsNoDevicesLeavesTheCommunicatorWell) {
  run_ranks(2, {}, [](Communicator& host) {
    GradientReducer reducer(nccl_of(host), three_tensors(), failing(Place::kNone, 0, true));
    const Fault full{.cause = Cause::kDiskFull, .text = "no room"};
    const StepVerdict verdict = step_of_ones(reducer, 2, host.rank() == 1 ? std::optional(full) : std::nullopt);
    EXPECT_EQ(verdict.fault, (Fault{.cause = Cause::kDiskFull, .text = "no room", .rank = 1}));
    EXPECT_FALSE(step_of_ones(reducer, 2).fault);
    reducer.close();
  });
}

TEST(LostDevice, IsSeenByItsRankWhichCanWorkNoMore) {
  fake_nccl().broken_device = 1;
  EXPECT_EQ(gpu_fault(0), "");
  EXPECT_EQ(gpu_fault(1), "CUDA: an illegal memory access was encountered");
  EXPECT_EQ(gpu_fault(9), gpu_fault(1)) << "eight GPUs are here";
  fake_nccl().broken_device = -1;
  EXPECT_EQ(gpu_fault(1), "");
}

TEST(LostDevice, ALostPeerIsNone) {
  run_ranks(2, {}, [](Communicator& host) {
    auto sums = nccl_of(host);
    Communicator& nccl = *sums;
    GradientReducer reducer(std::move(sums), three_tensors(), failing(Place::kNone, 0, true));
    EXPECT_FALSE(step_of_ones(reducer, 2).fault);
    if (host.rank() == 1) return;  // it has died
    nccl.interrupt();
    EXPECT_THROW(step_of_ones(reducer, 2), PeerLost);
  });
}

}  // namespace
}  // namespace unmask
