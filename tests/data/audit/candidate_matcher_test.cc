#include "data/audit/candidate_matcher.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/data/audit/audit_pictures.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test::picture;

class CandidateMatcherTest : public testing::Test {
 protected:
  CandidateMatcherTest() {
    std::vector<test::Rgb> own, copies;
    for (std::uint32_t i = 0; i < kPictures; ++i) {
      own.push_back(picture(i));
      copies.push_back(i % 2 == 0 ? test::re_encoded(own[i]) : test::mirrored(own[i]));
    }
    test::write_videos(folder_ / "base/train.crops", {{"a", 0, own, "", ""}});
    test::write_videos(folder_ / "base/val.crops", {{"b", 0, copies, "", ""}});
    for (std::uint32_t first = 0; first < kPictures; ++first) {
      for (std::uint32_t second = 0; second < kPictures; ++second)
        candidates_.push_back({first, kPictures + second, second % 2, kUnmovedWindow, 1});
    }
  }
  AuditCrops crops() const { return AuditCrops(find_audit_stores({folder_.path().string()})); }

  static constexpr std::uint32_t kPictures = 6;
  test_support::TemporaryFolder folder_;
  std::vector<DuplicateCandidate> candidates_;
};

TEST_F(CandidateMatcherTest, WhatMayMatchIsLookedAtWhole) {
  const AuditCrops all = crops();
  CandidateMatcher matcher(all);
  test::Rgb first, second;
  for (const DuplicateCandidate& each : candidates_) {
    const CropMatch match = matcher.match(each);
    all.read(each.first, first), all.read(each.second, second);
    const CropMatch whole = match_crops({first, test::kPicturePx}, {second, test::kPicturePx}, each.mirrored != 0);
    EXPECT_EQ(match.is_copy(), each.second - each.first == kPictures);
    EXPECT_EQ(match.is_copy(), whole.is_copy());
    EXPECT_EQ(match.similarity, whole.is_copy() ? whole.similarity : 0);
    EXPECT_EQ(match.worst_block, whole.is_copy() ? whole.worst_block : 0);
  }
}

TEST_F(CandidateMatcherTest, HowManyProbesAreKeptChangesNothing) {
  const AuditCrops all = crops();
  CandidateMatcher most(all);
  for (const std::size_t few : {1, 2, 5}) {
    CandidateMatcher matcher(all, few);
    for (const DuplicateCandidate& each : candidates_)
      EXPECT_EQ(matcher.match(each).similarity, most.match(each).similarity);
  }
}

TEST_F(CandidateMatcherTest, AProbeThatIsKeptIsNotReadAgain) {
  const AuditCrops all = crops();
  CandidateMatcher matcher(all);
  EXPECT_TRUE(matcher.match({0, kPictures, 0, kUnmovedWindow, 1}).is_copy());
  matcher.keep(probe_crop(0, picture(100), test::kPicturePx));  // not what the store has
  EXPECT_FALSE(matcher.match({0, kPictures, 0, kUnmovedWindow, 1}).is_copy());
}

}  // namespace
}  // namespace unmask
