#include "data/prepare/prepare_probe.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/data/prepare/video_plan.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class PrepareProbeTest : public testing::Test {
 protected:
  PrepareProbeTest() {
    fs::copy_file(face_file("carphone.mp4"), folder_.path() / "a.mp4");
    write_bytes(folder_.path() / "b.mp4", {'t', 'e', 'x', 't'});
  }
  TemporaryFolder folder_;
};

TEST_F(PrepareProbeTest, TheSharesOfAnyNumberOfRanksGiveTheSameFacts) {
  const PrepareListing listing = listing_of_files(folder_.path(), {"a.mp4", "b.mp4", "c.png", "missing.mp4"});
  const std::vector<SourceFacts> facts = facts_from(listing, {probe_sources(listing, 0, 1, {})});
  ASSERT_EQ(facts.size(), 4u);
  EXPECT_EQ(facts[0].status, FrameStatus::kOk) << facts[0].problem;
  EXPECT_EQ(facts[0].frames, 120);
  EXPECT_EQ(facts[0].width, 176);
  EXPECT_EQ(facts[0].digest.size(), 32u);
  EXPECT_NE(facts[1].status, FrameStatus::kOk);
  EXPECT_EQ(facts[1].frames, 0);
  EXPECT_EQ(facts[2].digest, "");  // pictures are read in the work alone
  EXPECT_EQ(facts[3].status, FrameStatus::kUnreadable);
  const std::vector<SourceFacts> shared =
      facts_from(listing, {probe_sources(listing, 0, 2, {}), probe_sources(listing, 1, 2, {})});
  for (std::size_t i = 0; i < facts.size(); ++i) {
    EXPECT_EQ(shared[i].frames, facts[i].frames);
    EXPECT_EQ(shared[i].problem, facts[i].problem);
    EXPECT_EQ(shared[i].digest, facts[i].digest);
  }
  EXPECT_THROW(facts_from(listing, {"nonsense"}), Error);
  EXPECT_THROW(facts_from(listing, {"[[9, [\"ok\", \"\", 1, 0.0, 1, 1, \"\"]]]"}), Error);
}

TEST_F(PrepareProbeTest, WhatWasKeptIsNotLookedAtAgain) {
  const PrepareListing listing = listing_of_files(folder_.path(), {"a.mp4", "b.mp4"});
  keep_facts(plan_of_files(listing));
  fs::remove(folder_.path() / "a.mp4");
  EXPECT_EQ(facts_from(listing, {probe_sources(listing, 0, 1, {})}).at(0).frames, 120);
  write_bytes(folder_.path() / "stores/base/prepared.parts/0123/videos.json", {'['});
  EXPECT_EQ(facts_from(listing, {probe_sources(listing, 0, 1, {})}).at(0).frames, 0);
}

TEST_F(PrepareProbeTest, DigestsRegularFilesAlone) {
  EXPECT_EQ(source_digest(folder_.path()), "");
  EXPECT_EQ(source_digest(folder_.path() / "missing"), "");
  EXPECT_EQ(source_digest(folder_.path() / "b.mp4").size(), 32u);
}

}  // namespace
}  // namespace unmask
