#include "report/trial_events.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "report/trial_display.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class TrialEventsTest : public testing::Test {
 protected:
  struct Heard : TrainObserver {
    void on_epoch(const EpochRow& row, int) override { epochs.push_back(row.epoch); }
    void on_note(const std::string& text) override { notes.push_back(text); }
    std::vector<int> epochs;
    std::vector<std::string> notes;
  };
  static EpochRow row(int epoch, double auc) {
    return {epoch, epoch * 10, 0.5, 0.25, std::nullopt, {{"base", 1 - auc, 0.5, 0.5, std::nullopt, auc}}};
  }
  TrialEvents::Facts facts(int id, const std::string& head) const {
    return {"demo <b>",
            "trial " + std::to_string(id),
            {{{"optimizer.max_lr", SpaceKey::Kind::kLogUniform, {}, 1e-4, 1e-2, "", {}}, "0.001"},
             {{"model.head", SpaceKey::Kind::kChoice, {"\"linear\"", "\"hidden\""}, 0, 0, "", {}}, head},
             {{"data.train", SpaceKey::Kind::kChoice, {"[\"base\"]"}, 0, 0, "", {}}, "[\"base\"]"},
             {{"augment.enabled", SpaceKey::Kind::kChoice, {"true", "false"}, 0, 0, "", {}}, "true"}},
            {"base"},
            {"base"},
            "video_auc"};
  }
  json judged() const {
    return json::parse(test_support::run_python("tests/report/trial_events_judge.py", {folder_.path().string()}));
  }
  /// The first bytes of one, as RFC 2083 has them.
  static std::string png_of(std::uint32_t width, std::uint32_t height) {
    std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    for (const std::uint32_t number : {width, height}) {
      for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
    }
    return bytes + std::string("\x08\x02\0\0\0????", 9);
  }
  static std::string sha256(const fs::path& file) {
    std::FILE* pipe = ::popen(("sha256sum '" + file.string() + "'").c_str(), "r");
    char digest[65] = {};
    if (std::fread(digest, 1, 64, pipe) != 64) digest[0] = 0;
    ::pclose(pipe);
    return digest;
  }
  static std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  test_support::TemporaryFolder folder_;
  Heard heard_;
};

TEST_F(TrialEventsTest, TensorBoardSeesScalarsHparamsAndTheBestEpochs) {
  TrialEvents first(folder_ / "0000", facts(0, "\"linear\""), heard_);
  first.on_history({});
  for (const auto& [epoch, auc] : {std::pair(1, 0.5), std::pair(2, 0.75), std::pair(3, 0.625)})
    first.on_epoch(row(epoch, auc), 12);
  first.end(true);
  TrialEvents second(folder_ / "0001", facts(1, "\"hidden\""), heard_);
  second.on_history({});
  second.on_epoch(row(1, 0.25), 12);
  second.end(false);
  EXPECT_EQ(heard_.epochs, (std::vector<int>{1, 2, 3, 1}));
  EXPECT_TRUE(heard_.notes.empty());

  const json seen = judged();
  const json& scalars = seen.at("scalars").at("0000");
  EXPECT_EQ(scalars.at("base/video_auc"), json::parse("[[10, 0.5], [20, 0.75], [30, 0.625]]"));
  EXPECT_EQ(scalars.at("best/base/video_auc"), json::parse("[[10, 0.5], [20, 0.75], [30, 0.75]]"));
  EXPECT_EQ(scalars.at("best/epoch"), json::parse("[[10, 1.0], [20, 2.0], [30, 2.0]]"));
  EXPECT_EQ(scalars.at("lr").size(), 3u);
  EXPECT_EQ(scalars.at("epoch")[2], json::parse("[30, 3.0]"));
  EXPECT_FALSE(scalars.contains("base/frame_auc")) << "what isn't defined isn't there";
  EXPECT_EQ(seen.at("experiment")[0], "demo <b>");
  EXPECT_EQ(seen.at("experiment")[1].size(), 4u) << "every key";
  const json& rate = seen.at("experiment")[1].at("optimizer.max_lr");
  EXPECT_EQ(rate.at("type"), "DATA_TYPE_FLOAT64");
  EXPECT_EQ(rate.at("domainInterval"), json::parse(R"({"minValue": 0.0001, "maxValue": 0.01})"));
  EXPECT_EQ(seen.at("experiment")[1].at("model.head").at("domainDiscrete"), json::parse(R"(["linear", "hidden"])"));
  const json& good = seen.at("sessions").at("trial 0");
  EXPECT_EQ(good[0], "STATUS_SUCCESS");
  EXPECT_EQ(good[1].at("optimizer.max_lr"), 0.001);
  EXPECT_EQ(good[1].at("augment.enabled"), true);
  EXPECT_EQ(good[1].at("data.train"), "[\"base\"]");
  EXPECT_EQ(good[2].at("best/base/video_auc"), json::parse("[30, 0.75]"));
  const json& bad = seen.at("sessions").at("trial 1");
  EXPECT_EQ(bad[0], "STATUS_FAILURE");
  EXPECT_EQ(bad[1].at("model.head"), "hidden");
}

TEST_F(TrialEventsTest, ALeaseThatGoesOnDoublesNothing) {
  const auto lease = [&](const std::vector<EpochRow>& history, const EpochRow& next) {
    TrialEvents events(folder_ / "0000", facts(0, "\"linear\""), heard_);
    events.on_history(history);
    events.on_epoch(next, 12);
  };
  lease({row(1, 0.5), row(2, 0.5)}, row(3, 0.25));
  // Killed in the middle of a record, and back to the first epoch.
  for (const auto& entry : fs::directory_iterator(folder_ / "0000"))
    std::ofstream(entry.path(), std::ios::app | std::ios::binary) << "half a rec";
  lease({row(1, 0.5)}, row(2, 0.75));
  EXPECT_EQ(files_in(folder_ / "0000"), 1u);
  EXPECT_EQ(judged().at("scalars").at("0000").at("base/video_auc"), json::parse("[[10, 0.5], [20, 0.75]]"));
  EXPECT_TRUE(heard_.notes.empty());
}

TEST_F(TrialEventsTest, PicturesOfEveryEpochAreThereOnceAlsoAfterAResume) {
  const std::array bytes = {"c1", "c2", "c3", "r1", "r2"};
  const auto write = [&](const fs::path& file, const std::string& more) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << png_of(2 * 256 + 7, 5) << more;
  };
  for (const int epoch : {1, 2, 3}) write(display_file(folder_ / "0000", epoch), bytes[epoch - 1]);
  for (const int epoch : {1, 2}) write(roc_file(folder_ / "0000", epoch), bytes[epoch + 2]);
  std::ofstream(roc_file(folder_ / "0000", 3)) << "no picture, but long enough to be one, if it were one";
  {
    TrialEvents events(folder_ / "0000", facts(0, "\"linear\""), heard_);
    events.on_history({});
    for (const int epoch : {1, 2}) events.on_epoch(row(epoch, 0.5), 12);
  }
  TrialEvents events(folder_ / "0000", facts(0, "\"linear\""), heard_);
  events.on_history({row(1, 0.5)});
  for (const int epoch : {2, 3}) events.on_epoch(row(epoch, 0.5), 12);
  const json seen = judged().at("pictures").at("0000");
  EXPECT_EQ(seen.size(), 2u);
  const json& crops = seen.at("display/crops");
  ASSERT_EQ(crops.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(crops[i][0], 10 * (i + 1));
  EXPECT_EQ(crops[0][1], 519);
  EXPECT_EQ(crops[0][2], 5);
  EXPECT_EQ(crops[1][3], sha256(display_file(folder_ / "0000", 2))) << "the file's own bytes";
  ASSERT_EQ(seen.at("display/roc").size(), 2u) << "what isn't a picture isn't shown";
  EXPECT_EQ(seen.at("display/roc")[1][3], sha256(roc_file(folder_ / "0000", 2)));
  EXPECT_TRUE(heard_.notes.empty());
}

TEST_F(TrialEventsTest, ADiskThatFailsIsNotedAndNoMore) {
  std::ofstream(folder_ / "0000") << "a file where the folder should be";
  TrialEvents events(folder_ / "0000", facts(0, "\"linear\""), heard_);
  events.on_history({row(1, 0.5)});
  events.on_epoch(row(2, 0.5), 12);
  events.end(true);
  ASSERT_EQ(heard_.notes.size(), 1u);
  EXPECT_NE(heard_.notes[0].find("TensorBoard won't see this lease"), std::string::npos) << heard_.notes[0];
  EXPECT_EQ(heard_.epochs, std::vector<int>{2});
}

}  // namespace
}  // namespace unmask
