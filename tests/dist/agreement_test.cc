#include "dist/agreement.h"

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/error.h"
#include "dist/loopback_communicator.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

Fault diverged() {
  return {.kind = ErrorKind::kData,
          .cause = Cause::kDivergence,
          .text = "fc.bias: \"not finite\", grüß",
          .during = "trial failed at step 12",
          .rank = 0,
          .step = std::int64_t{1} << 40};
}

TEST(AgreementFaultText, ArrivesAsItWasSent) {
  EXPECT_EQ(fault_from(to_text(diverged())), diverged());
  for (const ErrorKind kind : {ErrorKind::kFailed, ErrorKind::kUsage, ErrorKind::kData, ErrorKind::kStopped}) {
    for (const Cause cause : {Cause::kOther, Cause::kDivergence, Cause::kMemory, Cause::kDiskFull, Cause::kPeerLost}) {
      const Fault fault{.kind = kind, .cause = cause, .text = ""};
      EXPECT_EQ(fault_from(to_text(fault)), fault);
    }
  }
  // A file's name may be no UTF-8.
  EXPECT_EQ(fault_from(to_text({.text = "a\xFF.png"})).text, "a\xEF\xBF\xBD.png");
}

TEST(AgreementFaultText, AnythingElseIsNamed) {
  for (const char* text : {"", "{", "{}", "[]", "7", R"({"kind": 1, "cause": 0, "text": 3, "during": ""})"}) {
    try {
      fault_from(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).ends_with(text)) << error.what();
    }
  }
}

/// What each of `world` ranks left agree() with, where rank r does work(r).
std::vector<std::optional<Fault>> outcomes(int world, const std::function<void(int)>& work) {
  std::vector<std::optional<Fault>> left(static_cast<std::size_t>(world));
  run_ranks(world, {}, [&](Communicator& group) {
    try {
      agree(group, "opening", [&] { work(group.rank()); });
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), error.fault().told());
      left[static_cast<std::size_t>(group.rank())] = error.fault();
    }
  });
  return left;
}

Fault fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    return current_fault();
  }
  ADD_FAILURE() << "did not throw";
  return {.text = ""};
}

TEST(AgreementTest, AllRanksLeaveWithTheFaultOfTheOneThatFailed) {
  for (int world = 2; world <= 4; ++world) {
    for (int bad = 0; bad < world; ++bad) {
      const Fault wanted{.kind = ErrorKind::kData,
                         .cause = Cause::kMemory,
                         .text = "a.crops: record 7 is damaged",
                         .during = "opening",
                         .rank = bad,
                         .step = 5};
      const auto left = outcomes(world, [&](int rank) {
        if (rank == bad) throw Error({.kind = wanted.kind, .cause = wanted.cause, .text = wanted.text, .step = 5});
      });
      for (const auto& fault : left) EXPECT_EQ(fault, wanted) << bad << " of " << world;
    }
  }
}

TEST(AgreementTest, OfSeveralTheFirstRankIsTheOneThatIsTold) {
  for (const auto& fault : outcomes(4, [](int rank) {
         if (rank % 2 == 1) throw Error(ErrorKind::kFailed, "fault of " + std::to_string(rank));
       })) {
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->told(), "opening: rank 1: fault of 1");
  }
}

TEST(AgreementTest, WithoutAFaultAllGoOn) {
  for (const auto& fault : outcomes(3, [](int) {})) EXPECT_EQ(fault, std::nullopt);
}

TEST(AgreementTest, AWorldOfOneNamesNoRank) {
  const auto left = outcomes(1, [](int) { throw Error(ErrorKind::kUsage, "no such file"); });
  ASSERT_TRUE(left[0]);
  EXPECT_EQ(left[0]->told(), "opening: no such file");
  EXPECT_EQ(left[0]->kind, ErrorKind::kUsage);
}

TEST(AgreementTest, ABrokenCollectiveIsNotAgreedOn) {
  const auto communicator = make_loopback_communicator();
  try {
    agree(*communicator, "opening", [] { throw PeerLost("barrier: rank 1 died"); });
    ADD_FAILURE() << "did not throw";
  } catch (const PeerLost& lost) {
    EXPECT_STREQ(lost.what(), "barrier: rank 1 died");
  }
}

TEST(AgreementFirstFault, AWorldOfOneTalksToNobody) {
  // Each of its calls would throw.
  const auto communicators = make_thread_communicators(1, {.fault = ThreadFault{}});
  EXPECT_EQ(first_fault(*communicators[0], std::nullopt), std::nullopt);
  const auto fault = first_fault(*communicators[0], Fault{.cause = Cause::kDiskFull, .text = "no room"});
  EXPECT_EQ(fault, (Fault{.cause = Cause::kDiskFull, .text = "no room", .rank = 0}));
}

TEST(AgreementCurrentFault, KnowsTheCauseByTheType) {
  EXPECT_EQ(fault_of([] { throw std::bad_alloc(); }), (Fault{.cause = Cause::kMemory, .text = "out of memory"}));
  EXPECT_EQ(fault_of([] { throw std::runtime_error("value is not finite"); }), (Fault{.text = "value is not finite"}));
  EXPECT_EQ(fault_of([] { throw io_error("a.tmp", "write", ENOSPC); }).cause, Cause::kDiskFull);
  EXPECT_EQ(fault_of([] { std::filesystem::create_directory("/proc/no/folder"); }).cause, Cause::kOther);
  const Fault full = fault_of([] {
    throw std::filesystem::filesystem_error("cannot create", "a", std::error_code(EROFS, std::system_category()));
  });
  EXPECT_EQ(full.cause, Cause::kDiskFull);
  EXPECT_NE(full.text.find("Read-only file system"), std::string::npos) << full.text;
  EXPECT_THROW(fault_of([] { throw CommError("barrier failed"); }), CommError);
}

// An agreed fault that becomes another's: who told it first stays in the words.
TEST(AgreementCurrentFault, KeepsAllWordsOfAnAgreedFault) {
  const Fault agreed{
      .kind = ErrorKind::kData, .cause = Cause::kDivergence, .text = "x", .during = "scoring", .rank = 2, .step = 3};
  EXPECT_EQ(fault_of([&] { throw Error(agreed); }),
            (Fault{.kind = ErrorKind::kData, .cause = Cause::kDivergence, .text = "scoring: rank 2: x", .step = 3}));
}

}  // namespace
}  // namespace unmask
