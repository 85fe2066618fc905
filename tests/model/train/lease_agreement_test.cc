#include "model/train/lease_agreement.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "dist/agreement.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

std::optional<Fault> nothing() { return std::nullopt; }

std::string agreed_error(
    LeaseAgreement& ranks, const std::function<void()>& work = [] {}) {
  try {
    ranks.together("saving", work);
  } catch (const AgreedError& error) {
    return error.what();
  }
  return "";
}

TEST(LeaseAgreementTest, WhatARankMetAloneAllThrowAtTheNextAgreement) {
  run_ranks(3, {}, [](Communicator& group) {
    LeaseAgreement ranks(group, nothing);
    EXPECT_EQ(agreed_error(ranks), "");
    ranks.alone([&] {
      if (group.rank() == 1) throw Error(ErrorKind::kFailed, "no room");
    });
    ranks.alone([&] {
      if (group.rank() == 1) throw Error(ErrorKind::kFailed, "a second fault");
    });
    EXPECT_EQ(ranks.has_own(), group.rank() == 1);
    bool worked = false;
    EXPECT_EQ(agreed_error(ranks, [&] { worked = true; }), "saving: rank 1: no room");
    EXPECT_EQ(worked, group.rank() != 1);
  });
}

TEST(LeaseAgreementTest, SoIsWhatOthersKeepForThisRankAndWhatItMeetsThere) {
  run_ranks(2, {}, [](Communicator& group) {
    std::optional<Fault> in_background;
    LeaseAgreement ranks(group, [&] { return in_background; });
    EXPECT_EQ(agreed_error(ranks,
                           [&] {
                             if (group.rank() == 0) throw std::bad_alloc();
                           }),
              "saving: rank 0: out of memory");
    if (group.rank() == 1) in_background = Fault{.text = "disk full"};
    EXPECT_FALSE(ranks.has_own());
    EXPECT_EQ(ranks.pending().has_value(), group.rank() == 1);
    EXPECT_EQ(agreed_error(ranks), "saving: rank 1: disk full");
    ranks.keep({.text = "its own"});
    EXPECT_EQ(ranks.pending()->text, "its own");
  });
}

}  // namespace
}  // namespace unmask
