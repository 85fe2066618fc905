#include "data/audit/shortcut_features.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "tests/data/audit/audit_pictures.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// 12 real and 12 fake videos, all alike but for what `change` does to the fakes' rows and looks.
class ShortcutFeaturesTest : public testing::Test {
 protected:
  template <typename Change>
  std::map<std::string, double> probed(const Change& change) {
    const std::filesystem::path file = folder_ / "base/train.crops";
    std::filesystem::create_directories(file.parent_path());
    std::vector<CropLook> looks;
    CropStoreWriter writer(file, 16, CropEncoding::kRaw, "{}");
    Draws draws(3, DrawFor::kProbe);
    for (int video = 0; video < 24; ++video) {
      FrameInfo info = test::info_of({"v" + std::to_string(video), video % 2, {}, "", ""});
      for (int frame = 0; frame < 2; ++frame) {
        const auto near = [&](double value) { return value * draws.uniform(0.98, 1.02); };
        info.source_bytes = static_cast<std::uint64_t>(near(1e6));
        info.frame_width = static_cast<int>(near(1280)), info.frame_height = static_cast<int>(near(720));
        info.box = {static_cast<int>(near(500)), static_cast<int>(near(200)), static_cast<int>(near(300)), 300};
        info.box.height = info.box.width;
        info.detector_score = static_cast<float>(near(1));
        const auto level = [&](double value) { return static_cast<float>(near(value)); };
        CropLook look{level(120), level(100), level(90), level(105), level(50), level(3), level(2)};
        if (info.label != 0) change(info, look);
        looks.push_back(look);
        writer.append(info, std::vector<std::uint8_t>(16 * 16 * 3));
      }
    }
    writer.finish();
    const AuditCrops crops(find_audit_stores({file.string()}));
    const ShortcutTable table = shortcut_table(crops, looks, "base");
    EXPECT_EQ(table.videos.size(), 24u);
    std::map<std::string, double> areas;
    for (const ShortcutProbe& probe : probe_shortcuts(table.videos, table.groups))
      areas[probe.group] = probe.auc.value_or(-1);
    EXPECT_TRUE(shortcut_table(crops, looks, "other").videos.empty());
    return areas;
  }
  /// The groups that tell real from fake; "all" must be among them.
  template <typename Change>
  std::string telling(const Change& change) {
    std::string names;
    for (const auto& [group, area] : probed(change)) {
      if (area > 0.97 && group != "all") names += group + "; ";
    }
    return names;
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(ShortcutFeaturesTest, EachFeatureIsSeenByItsGroup) {
  EXPECT_EQ(telling([](FrameInfo&, CropLook&) {}), "");
  EXPECT_EQ(telling([](FrameInfo& info, CropLook&) { info.source_bytes *= 2; }), "file size; ");
  EXPECT_EQ(telling([](FrameInfo& info, CropLook&) { info.compression = "c40"; }), "compression; ");
  EXPECT_EQ(telling([](FrameInfo& info, CropLook&) { info.box.x += 200; }), "box; ");
  EXPECT_EQ(telling([](FrameInfo& info, CropLook&) { info.detector_score *= 2; }), "detector score; ");
  EXPECT_EQ(telling([](FrameInfo&, CropLook& look) { look.brightness += 20; }), "brightness, contrast; ");
  EXPECT_EQ(telling([](FrameInfo&, CropLook& look) { look.contrast += 20; }), "brightness, contrast; ");
  EXPECT_EQ(telling([](FrameInfo&, CropLook& look) { look.blue += 20; }), "mean colour; ");
  EXPECT_EQ(telling([](FrameInfo&, CropLook& look) { look.sharpness *= 2; }), "sharpness; ");
  EXPECT_EQ(telling([](FrameInfo&, CropLook& look) { look.border_sharpness *= 2; }), "border sharpness; ");
}

TEST_F(ShortcutFeaturesTest, FrameSizesTellByThemselves) {
  const auto areas = probed([](FrameInfo& info, CropLook&) { info.frame_width *= 2; });
  EXPECT_GT(areas.at("frame size"), 0.97);
  EXPECT_GT(areas.at("all"), 0.97);
}

TEST_F(ShortcutFeaturesTest, RawRecordsHaveNoSize) {
  EXPECT_EQ(probed([](FrameInfo&, CropLook&) {}).at("crop's JPEG size"), -1);
}

}  // namespace
}  // namespace unmask
