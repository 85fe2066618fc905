#include "launch/config/prepare_config.h"

#include <map>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/launch/config/word_keys.h"

namespace unmask {
namespace {

std::string fault(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    read_prepare_config(text, "p.toml", overrides);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}
constexpr char kSmall[] = "[prepare]\ndatasets = \"in\"\nstores = \"out\"\n";

TEST(PrepareConfigTest, ReadsEveryKey) {
  const PrepareOptions options = read_prepare_config(
      kSmall, "p.toml", {"prepare.crop_px=112", "prepare.names=[\"base\"]", "prepare.encoding=\"jpeg95\""});
  EXPECT_EQ(options.datasets, "in");
  EXPECT_EQ(options.crop_px, 112);
  EXPECT_EQ(options.names, std::vector<std::string>{"base"});
  EXPECT_EQ(options.encoding, CropEncoding::kJpeg95);
  EXPECT_EQ(options.box_scale, 1.3);
}

TEST(PrepareConfigTest, ThePublishedFramesAreEveryThirdAndOfYouTubeEveryOne) {
  setenv("UNMASK_VIDEOS", "/videos", 1);
  const std::string file = UNMASK_SOURCE_DIR "/configs/prepare_published.toml";
  const PrepareOptions options = read_prepare_config(read_config_file(file), file, {});
  EXPECT_EQ(options.root, "/videos");
  EXPECT_EQ(to_text(rule_of(options, "faceforensics", "deepfakes", true)), "every 3");
  EXPECT_EQ(to_text(rule_of(options, "augment", "fake", true)), "every 1");
  EXPECT_EQ(options.crop_px, 224);
  EXPECT_EQ(options.faces, FaceChoice::kBest);
}

TEST(PrepareConfigTest, FaultsHaveTheirLine) {
  const std::string text = fault(std::string(kSmall) + "crop_pix = 3\ncrop_px = 3\nencoding = \"png\"\n");
  EXPECT_NE(text.find("p.toml:4: prepare.crop_pix: unknown key; did you mean prepare.crop_px?"), std::string::npos)
      << text;
  EXPECT_NE(text.find("p.toml:5: prepare.crop_px"), std::string::npos) << text;
  EXPECT_NE(text.find("p.toml:6: prepare.encoding"), std::string::npos) << text;
  EXPECT_NE(fault("[prepare]\n").find("prepare.stores: is missing"), std::string::npos);
  EXPECT_NE(fault("[prepare]\nstores = \"out\"\n").find("prepare.root must be a tree of videos or frames"),
            std::string::npos);
}

TEST(PrepareConfigTest, EveryKeyOfWordsTakesTheseAndRefusesOthers) {
  const std::map<std::string, std::vector<std::string>> wanted = {
      {"prepare.detector", {"dlib_hog", "yunet"}},
      {"prepare.encoding", {"raw", "jpeg95"}},
      {"prepare.faces", {"tracked", "largest", "best", "all"}},
      {"prepare.align", {"none", "five_points"}}};
  PrepareOptions options;
  expect_words(
      prepare_config_keys(options), wanted,
      [](const std::string& line) {
        return fault("prepare.datasets = \"in\"\nprepare.stores = \"out\"\n" + line + "\n");
      },
      "p.toml:3");
}

}  // namespace
}  // namespace unmask
