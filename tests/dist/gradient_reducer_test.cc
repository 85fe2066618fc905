#include "dist/gradient_reducer.h"

#include <latch>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "tests/dist/communicator_conformance.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

std::vector<ReducedTensor> three_tensors() { return {{"conv", 40}, {"fc.weight", 20}, {"fc.bias", 2}}; }

void accumulate_ones(GradientReducer& reducer, int tensor, std::size_t elements) {
  const std::vector<float> ones(elements, 1.0f);
  const float* pointer = ones.data();
  reducer.accumulate(tensor, std::span(&pointer, 1));
}

void add(GradientReducer& reducer, int scalar, float value) {
  const float* pointer = &value;
  reducer.add_to_scalar(scalar, std::span(&pointer, 1));
}

ReducerOptions one_tensor_a_bucket(bool overlap) { return {.bucket_bytes = 1, .overlap = overlap}; }

/// Makes no collective call: each would throw.
std::unique_ptr<Communicator> silent_world_of_one() {
  auto communicators = make_thread_communicators(1, {.fault = ThreadFault{}});
  return std::move(communicators.front());
}

TEST(GradientReducer, AWorldOfOneTalksToNobody) {
  const auto communicator = silent_world_of_one();
  GradientReducer reducer(*communicator, three_tensors(), one_tensor_a_bucket(true));
  reducer.begin(2);
  accumulate_ones(reducer, 0, 40);
  accumulate_ones(reducer, 0, 40);
  reducer.ready(0);
  const StepVerdict verdict = reducer.finish({}, true);
  EXPECT_FALSE(verdict.fault);
  EXPECT_TRUE(verdict.stop_requested);
  std::vector<float> total(40);
  reducer.read(0, total);
  EXPECT_EQ(total, std::vector<float>(40, 2.0f));
  reducer.begin(1);
  EXPECT_EQ(reducer.finish(Fault{.cause = Cause::kDiskFull, .text = "no room"}, false).fault,
            (Fault{.cause = Cause::kDiskFull, .text = "no room", .rank = 0}));
  reducer.close();
}

TEST(GradientReducer, ScalarsOfAStepStartAtZeroAndAddUp) {
  const auto communicator = silent_world_of_one();
  GradientReducer reducer(*communicator, {}, {});
  for (int step = 0; step < 2; ++step) {
    reducer.begin(4);
    for (const float value : {0.5f, 0.25f}) add(reducer, 0, value);
    for (const float value : {32.0f, 32.0f}) add(reducer, 1, value);
    add(reducer, 2, -1);
    reducer.add_to_scalar(3, {});
    EXPECT_FALSE(reducer.finish({}, false).fault);
    EXPECT_EQ(reducer.scalars(), (std::vector<double>{0.75, 64, -1, 0, 0, 0, 0, 0}));
  }
  reducer.begin(1);
  add(reducer, 0, 1);
  add(reducer, 1, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(
      reducer.finish({}, false).fault,
      (Fault{.cause = Cause::kDivergence, .text = "scalar 1 is not finite or too large for fixed point", .rank = 0}));
}

class GradientReducerOfThreads : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(WithAndWithoutOverlap, GradientReducerOfThreads, testing::Bool(),
                         [](const auto& what) { return what.param ? "overlapped" : "in_finish"; });

TEST_P(GradientReducerOfThreads, AFailedCollectiveThrowsInFinishOnEveryRankAndEndsTheReducer) {
  for (int operation = 1; operation <= 3; ++operation) {
    // 0 compares the plans, 1 is the duplicate and 2 the agreement on its thread, where there is one.
    const ThreadFault fault{.rank = 1, .operation = operation + (GetParam() ? 2 : 0), .text = "cable pulled"};
    run_ranks(3, {.fault = fault}, [](Communicator& communicator) {
      GradientReducer reducer(communicator, three_tensors(), one_tensor_a_bucket(GetParam()));
      reducer.begin(3);
      accumulate_ones(reducer, 0, 40);
      reducer.ready(0);
      const std::string error = conformance::error_of([&] { reducer.finish({}, false); });
      EXPECT_NE(error.find("rank 1 failed: cable pulled"), std::string::npos) << error;
      EXPECT_NE(conformance::error_of([&] { reducer.begin(1); }).find("cable pulled"), std::string::npos);
      reducer.close();  // does not wait for peers
    });
  }
}

TEST(GradientReducer, RefusesTensorsAndOptionsThatDifferWithBothNamed) {
  const auto error_where_rank_1_has = [](const std::vector<ReducedTensor>& tensors, ReducerOptions options) {
    std::string first_error;
    run_ranks(3, {}, [&](Communicator& communicator) {
      const bool is_odd = communicator.rank() == 1;
      const std::string error = conformance::error_of([&] {
        GradientReducer reducer(communicator, is_odd ? tensors : three_tensors(), is_odd ? options : ReducerOptions{});
        reducer.begin(1);
      });
      const std::string where =
          "gradient reducer on rank " + std::to_string(communicator.rank()) + " of 3: ranks differ: ";
      EXPECT_TRUE(error.starts_with(where)) << error;
      if (communicator.rank() == 0) first_error = error.substr(where.size());
    });
    return first_error;
  };
  EXPECT_EQ(error_where_rank_1_has({{"conv", 40}, {"fc.weight", 10}, {"fc.bias", 2}}, {}),
            "fc.weight of 20 values on rank 0, fc.weight of 10 values on rank 1");
  EXPECT_EQ(error_where_rank_1_has({{"conv", 40}, {"fc.weight", 20}}, {}),
            "fc.bias of 2 values on rank 0, no more tensors on rank 1");
  EXPECT_EQ(error_where_rank_1_has(three_tensors(), {.reduction = Reduction::kFloat}),
            "fixed-point sums in buckets of 8388608 bytes, with overlap on rank 0, "
            "float sums in buckets of 8388608 bytes, with overlap on rank 1");
}

TEST_P(GradientReducerOfThreads, IsDroppedInTheMiddleOfAStepWithoutHanging) {
  run_ranks(2, {}, [](Communicator& communicator) {
    GradientReducer reducer(communicator, three_tensors(), one_tensor_a_bucket(GetParam()));
    reducer.begin(2);
    accumulate_ones(reducer, 0, 40);
  });
}

TEST(GradientReducer, IsDroppedWhileAPeerNeverComesWithoutHanging) {
  testing::internal::CaptureStderr();
  std::latch dropped(1);
  run_ranks(2, {}, [&](Communicator& communicator) {
    auto reducer = std::make_unique<GradientReducer>(communicator, three_tensors(), one_tensor_a_bucket(true));
    reducer->begin(2);
    if (communicator.rank() == 1) return dropped.wait();
    reducer->ready(0);  // its bucket waits for rank 1
    reducer.reset();
    dropped.count_down();
  });
  // The line is printed only while the helper still waits; waiting for it would end in the double's timeout instead.
  EXPECT_NE(testing::internal::GetCapturedStderr().find("rank 0 of 2: the gradient reducer was dropped"),
            std::string::npos);
}

TEST_P(GradientReducerOfThreads, ClosesTheCommunicatorThatItWasGiven) {
  run_ranks(2, {}, [](Communicator& group) {
    std::unique_ptr<Communicator> given = group.duplicate();
    Communicator& seen = *given;
    GradientReducer reducer(std::move(given), three_tensors(), one_tensor_a_bucket(GetParam()));
    for (int step = 0; step < 2; ++step) {
      reducer.begin(2);
      accumulate_ones(reducer, 0, 40);
      EXPECT_FALSE(reducer.finish({}, false).fault);
      std::vector<float> total(40);
      reducer.read(0, total);
      EXPECT_EQ(total, std::vector<float>(40, 2.0f));
    }
    reducer.close();
    EXPECT_NE(conformance::error_of([&] { seen.barrier(); }), "");
    conformance::ranks_are_numbered(group);
  });
}

TEST(GradientReducer, RefusesCallsInTheWrongOrder) {
  const auto communicator = silent_world_of_one();
  GradientReducer reducer(*communicator, three_tensors(), {});
  EXPECT_THROW(accumulate_ones(reducer, 0, 40), std::logic_error);
  EXPECT_THROW(reducer.ready(0), std::logic_error);
  EXPECT_THROW(add(reducer, 0, 1), std::logic_error);
  EXPECT_THROW(reducer.finish({}, false), std::logic_error);
  EXPECT_THROW(reducer.begin(0), std::logic_error);
  reducer.begin(1);
  EXPECT_THROW(reducer.begin(1), std::logic_error);
  EXPECT_THROW(reducer.ready(3), std::out_of_range);
  for (const int scalar : {-1, GradientReducer::kScalars}) EXPECT_THROW(add(reducer, scalar, 1), std::logic_error);
  reducer.ready(0);
  reducer.ready(0);  // again: nothing to do
  EXPECT_THROW(accumulate_ones(reducer, 0, 40), std::logic_error);
  reducer.finish({}, false);
  std::vector<float> total(39);
  EXPECT_THROW(reducer.read(0, total), std::logic_error);
  reducer.close();
  EXPECT_THROW(reducer.begin(1), std::logic_error);
}

}  // namespace
}  // namespace unmask
