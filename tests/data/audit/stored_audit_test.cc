#include "data/audit/stored_audit.h"

#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "data/audit/audit_report.h"
#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

Digest128 print_of(int store) { return digest128(std::as_bytes(std::span(&store, 1))); }

/// An audit of stores with these fingerprints, the first two of which share the videos.
std::string audit_of(const std::vector<int>& stores, const std::vector<std::string>& videos = {}) {
  AuditReport report;
  for (const int store : stores) {
    SplitCensus split;
    split.dataset = "base";
    split.fingerprint = print_of(store);
    report.splits.push_back(split);
  }
  if (!videos.empty()) report.leaks.push_back({"base", "base", Split::kTrain, Split::kVal, videos, {}, {}});
  return audit_json(report);
}

std::string found(const std::filesystem::path& stores, const std::vector<int>& of) {
  std::vector<Digest128> prints;
  std::vector<std::string> digits;
  for (const int store : of) {
    prints.push_back(print_of(store));
    digits.insert(digits.begin(), to_hex(prints.back()));
  }
  const auto audit = find_audit(stores, prints), same = find_audit(stores, digits);
  EXPECT_EQ(audit ? audit->file : "", same ? same->file : "");
  return audit ? audit->summary() : "none";
}

TEST(StoredAuditTest, IsFoundByTheFingerprintsOfItsStores) {
  const test_support::TemporaryFolder folder;
  EXPECT_EQ(found(folder.path(), {1, 2}), "none");
  const auto file = store_audit(folder.path(), audit_of({2, 1}, {"real a"}));
  EXPECT_EQ(file, store_audit(folder.path(), audit_of({1, 2}, {"real a"}))) << "the order of stores is no matter";
  const std::string finding =
      "1 finding: dataset base: 1 video (real a) in both train and val (crops were not looked at)";
  EXPECT_EQ(found(folder.path(), {1, 2}), finding);
  EXPECT_EQ(found(folder.path(), {2}), finding) << "it looked at this store too";
  EXPECT_EQ(found(folder.path(), {1, 2, 3}), "none") << "it never saw the third";
  store_audit(folder.path(), audit_of({1, 2, 3}));
  EXPECT_EQ(found(folder.path(), {1, 3}), "nothing found (crops were not looked at)");
  EXPECT_EQ(found(folder.path(), {1, 2}), finding) << "the one of just these stores";
  // Stores that were split anew have other fingerprints; back again they are known.
  EXPECT_EQ(found(folder.path(), {4, 5}), "none");
}

TEST(StoredAuditTest, OneMadeByOlderRulesIsNamedAndGivesWay) {
  const test_support::TemporaryFolder folder;
  const auto of_rules = [&](const std::vector<int>& stores, const nlohmann::json& rules) {
    auto json = nlohmann::json::parse(audit_of(stores, {"real a"}));
    if (rules.is_null()) {
      json.erase("rules");  // as builds wrote it before there was a word for them
    } else {
      json["rules"] = rules;
    }
    return json.dump();
  };
  const std::string old_words = "; an older build made it by other rules: audit again";
  for (const nlohmann::json& rules : {nlohmann::json(), nlohmann::json(kAuditRules - 1)}) {
    const auto file = store_audit(folder.path(), of_rules({1, 2}, rules));
    const std::string told = found(folder.path(), {1, 2});
    EXPECT_TRUE(told.starts_with("1 finding: ") && told.ends_with(old_words)) << told;
    EXPECT_EQ(store_audit(folder.path(), audit_of({1, 2})), file) << "made anew, it takes the old one's place";
    EXPECT_EQ(found(folder.path(), {1, 2}), "nothing found (crops were not looked at)");
  }
  store_audit(folder.path(), of_rules({1}, 1));
  EXPECT_EQ(found(folder.path(), {1}), "nothing found (crops were not looked at)") << "the one of more stores is new";
  store_audit(folder.path(), of_rules({3}, kAuditRules + 1));
  EXPECT_FALSE(found(folder.path(), {3}).ends_with(old_words)) << "of a newer build";
  store_audit(folder.path(), of_rules({4}, 1));
  test::write_bytes(folder / "audits/damaged.json", of_rules({4}, "two"));
  EXPECT_TRUE(found(folder.path(), {4}).ends_with(old_words));
}

TEST(StoredAuditTest, DamagedFilesArePassedOver) {
  const test_support::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "audits");
  for (const auto& [name, text] : std::map<std::string, std::string>{{"0", "{"},
                                                                     {"1", "[]"},
                                                                     {"2", R"({"format": "unmask.audit.2"})"},
                                                                     {"3", R"({"format": "unmask.audit.1"})"},
                                                                     {"4", "\xff\xfe"}})
    test::write_bytes(folder / "audits" / (name + ".json"), text);
  EXPECT_EQ(found(folder.path(), {}), "none");
  EXPECT_EQ(found(folder.path(), {1}), "none");
  store_audit(folder.path(), audit_of({1}));
  EXPECT_EQ(found(folder.path(), {1}), "nothing found (crops were not looked at)");
}

}  // namespace
}  // namespace unmask
