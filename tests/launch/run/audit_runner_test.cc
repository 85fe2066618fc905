// On 1, 2 and 4 ranks.
#include "launch/run/audit_runner.h"

#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/data/audit/audit_pictures.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// Stores that all ranks see, made by rank zero.
class AuditRunnerTest : public testing::Test {
 protected:
  AuditRunnerTest() : session_(&mpi_runtime()) {
    if (session_.rank() == 0) folder_ = std::make_unique<test_support::TemporaryFolder>();
    root_ = session_.on_root([&] { return folder_->path().native(); });
    if (session_.rank() == 0) write_stores();
    session_.world().barrier();
  }
  ~AuditRunnerTest() override {
    session_.world().barrier();
    session_.close();
  }

  void write_stores() const {
    std::vector<test::TestVideo> train, val;
    for (std::uint32_t i = 0; i < 20; ++i) {
      const test::Rgb own = test::picture(i);
      const int label = i % 2;
      train.push_back({"t" + std::to_string(i), label, {own, test::picture(i + 100)}, "", ""});
      val.push_back({"v" + std::to_string(i), label, {i < 3 ? test::mirrored(own) : test::picture(i + 200)}, "", ""});
    }
    test::write_videos(folder_->path() / "base/train.crops", train);
    test::write_videos(folder_->path() / "base/val.crops", val);
  }
  /// What one rank finds, here each for itself.
  std::string found_alone() const {
    Session alone(nullptr);
    RankWatch watch(alone, 60);
    const std::string text = audit_json(run_audit(find_audit_stores({root_}), true, alone, watch));
    watch.close();
    return text;
  }
  AuditReport audit(bool with_crops) {
    RankWatch watch(session_, 60);
    AuditReport report = run_audit(find_audit_stores({root_}), with_crops, session_, watch);
    watch.close();
    return report;
  }

  Session session_;
  std::unique_ptr<test_support::TemporaryFolder> folder_;
  std::string root_;
};

TEST_F(AuditRunnerTest, RanksFindTheSameTogether) {
  const AuditReport report = audit(true);
  if (!session_.speaks()) return;
  ASSERT_EQ(report.duplicates.size(), 3u);
  EXPECT_TRUE(report.duplicates[2].text().starts_with(
      "base/train real t2, frame 0, is frame 0 of base/val real v2 mirrored (similarity 1.000)"))
      << report.duplicates[2].text();
  EXPECT_EQ(report.shortcuts.size(), 11u);
  ASSERT_NE(report.strongest_shortcut(), nullptr);
  EXPECT_EQ(audit_json(report), found_alone());
}

TEST_F(AuditRunnerTest, CropsMayBeLeftOut) {
  const AuditReport report = audit(false);
  EXPECT_FALSE(report.has_crops);
  EXPECT_TRUE(report.duplicates.empty());
  EXPECT_EQ(report.splits.size(), session_.speaks() ? 2u : 0u);
}

TEST_F(AuditRunnerTest, ADamagedCropIsNamedByAllRanks) {
  session_.on_root([&] {
    std::fstream file(folder_->path() / "base/val.crops", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5000);
    file.put('\x55'), file.put('\x33');
    return std::string();
  });
  session_.world().barrier();
  RankWatch watch(session_, 60);
  try {
    run_audit(find_audit_stores({root_}), true, session_, watch);
    ADD_FAILURE() << "a damaged crop was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("record 0 (v0, frame 0) is damaged"), std::string::npos) << error.what();
  }
  watch.close();
}

}  // namespace
}  // namespace unmask
