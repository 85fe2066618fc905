#include "data/audit/audit_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

SplitCensus split_of(Split split, const std::string& dataset, const std::vector<std::string>& videos) {
  SplitCensus census;
  census.dataset = dataset;
  census.split = split;
  for (const std::string& video : videos) {
    census.add_video({"real", "", video, "", ""});
    census.add_crop(0, digest64(video));
  }
  return census;
}

TEST(AuditReportTest, NothingIsFoundInCleanSplits) {
  const AuditReport report = audit_names({split_of(Split::kTrain, "base", {"a"}), split_of(Split::kVal, "base", {"b"}),
                                          split_of(Split::kTrain, "augment", {"a"})});
  EXPECT_TRUE(report.findings().empty());
  EXPECT_NE(audit_text(report).find("\nnothing found"), std::string::npos);
}

TEST(AuditReportTest, LeaksWithinAndAcrossDatasetsAndConflictsAreFindings) {
  SplitCensus val = split_of(Split::kVal, "base", {"a", "b"});
  val.add_video({"deepfakes", "", "x", "", ""});
  val.add_crop(1, digest64("b"));  // the pixels of a real crop
  const AuditReport report =
      audit_names({split_of(Split::kTrain, "base", {"a"}), val, split_of(Split::kTrain, "augment", {"b"})});
  EXPECT_EQ(report.findings(), (std::vector<std::string>{
                                   "dataset base: 1 video (real a) in both train and val",
                                   "1 video (real b) in both base/val and augment/train",
                                   "1 crop with equal pixels: real in base/val real b, fake in base/val deepfakes x",
                               }));
  EXPECT_NE(audit_text(report).find("\nfound: dataset base: 1 video (real a) in both train and val\n"),
            std::string::npos);
  const auto json = nlohmann::json::parse(audit_json(report));
  EXPECT_EQ(json["format"], "unmask.audit.1");
  EXPECT_EQ(json["rules"], kAuditRules);
  EXPECT_EQ(json["stores"].size(), 3u);
  EXPECT_EQ(json["stores"][1]["fake"], 1);
  EXPECT_EQ(json["leaks"][0]["second"], "base/val");
  EXPECT_EQ(json["leaks"][0]["videos"], nlohmann::json({"real a"}));
  EXPECT_EQ(json["label_conflicts"][0]["fake"], "base/val deepfakes x");
  EXPECT_EQ(json["findings"].size(), 3u);
}

TEST(AuditReportTest, ShortcutsAreShownAndTheStrongestIsKnown) {
  AuditReport report;
  EXPECT_EQ(report.strongest_shortcut(), nullptr);
  EXPECT_TRUE(nlohmann::json::parse(audit_json(report))["shortcuts"].is_null());
  report.has_crops = true;
  report.shortcuts = {{"base", "box", 9, 8, 0.5, 0.4, 0.6},
                      {"base", "sharpness", 9, 8, 0.75, 0.65, 0.8125},
                      {"base", "file size", 9, 8, {}, {}, {}},
                      {"few", "box", 9, 4, {}, {}, {}},
                      {"few", "sharpness", 9, 4, {}, {}, {}}};
  ASSERT_NE(report.strongest_shortcut(), nullptr);
  EXPECT_EQ(report.strongest_shortcut()->group, "sharpness");
  EXPECT_NE(audit_text(report).find("\n"
                                    "dataset  shortcut        video AUC  95% interval    real videos  fake videos\n"
                                    "base     box             0.500      0.400 to 0.600            9            8\n"
                                    "base     sharpness       0.750      0.650 to 0.812            9            8\n"
                                    "base     file size       unknown                              9            8\n"
                                    "few      too few videos                                       9            4\n"),
            std::string::npos)
      << audit_text(report);
  const auto json = nlohmann::json::parse(audit_json(report));
  EXPECT_EQ(json["shortcuts"][1]["high"], 0.8125);
  EXPECT_TRUE(json["shortcuts"][2]["auc"].is_null());
}

TEST(AuditReportTest, ManyFindingsAreCutForPeopleAlone) {
  AuditReport report;
  for (int i = 0; i < 30; ++i) report.conflicts.push_back({"r" + std::to_string(i), "f", 1});
  EXPECT_NE(audit_text(report).find("\nfound: 10 more (--json FILE names all)"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(audit_json(report))["label_conflicts"].size(), 30u);
}

}  // namespace
}  // namespace unmask
