#include "data/layouts/frame_name.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(FrameName, TellsMethodVideoNumberAndIdentities) {
  struct Case {
    const char* name;
    bool fake;
    const char *method, *video, *target, *source;
    std::uint32_t frame;
  };
  const Case cases[] = {
      {"000_012.png", false, "real", "000", "000", "", 12},
      {"000_003_012.png", true, "fake", "000_003", "000", "003", 12},
      {"deepfake_000_003_001.png", true, "deepfakes", "000_003", "000", "003", 1},
      {"face2face_878_003_1234.jpg", true, "face2face", "878_003", "878", "003", 1234},
      {"faceswap_339_392_000.png", true, "faceswap", "339_392", "339", "392", 0},
      {"neuraltextures_001_870_007.png", true, "neuraltextures", "001_870", "001", "870", 7},
      {"deepfakedetection_01_02__exit_phone_room__YVGY8LOK_005.png", true, "deepfakedetection",
       "01_02__exit_phone_room__YVGY8LOK", "01", "02", 5},
      {"01__exit_phone_room_005.png", false, "real", "01__exit_phone_room", "01", "", 5},
      {"p017_03_002.png", false, "real", "p017_03", "p017", "", 2},
      {"swap_p017_03_002.jpg", true, "swap", "p017_03", "p017", "p017", 2},
      {"part_obama_11_004.jpg", true, "part", "obama_11", "obama", "obama", 4},
      // A prefix means a method only on fakes.
      {"swap_p017_03_002.jpg", false, "real", "swap_p017_03", "swap_p017_03", "", 2},
      // Names that follow no rule: a video of its own, its own identity.
      {"my holiday_clip.png", true, "fake", "my holiday_clip", "my holiday_clip", "", 0},
      {"a_b_c_001.png", false, "real", "a_b_c", "a_b_c", "", 1},
      {"x_01.png", false, "real", "x_01", "x", "", 0},  // two digits are a clip, not a frame
      {"_001.png", false, "real", "_001", "_001", "", 0},
      {"deepfake__001.png", true, "fake", "deepfake_", "deepfake_", "", 1},
      {".png", false, "real", ".png", ".png", "", 0},
      {"noext", false, "real", "noext", "noext", "", 0},
      {"v_9999999999.png", false, "real", "v_9999999999", "v", "", 0},  // would not fit a frame number
      {"\xff\xfe_001.png", false, "real", "\\xff\\xfe", "\\xff\\xfe", "", 1},
  };
  for (const Case& expected : cases) {
    const FrameInfo info = parse_frame_name(expected.name, expected.fake);
    EXPECT_EQ(info.label, expected.fake ? 1 : 0) << expected.name;
    EXPECT_EQ(info.method, expected.method) << expected.name;
    EXPECT_EQ(info.video, expected.video) << expected.name;
    EXPECT_EQ(info.target_identity, expected.target) << expected.name;
    EXPECT_EQ(info.source_identity, expected.source) << expected.name;
    EXPECT_EQ(info.frame, expected.frame) << expected.name;
  }
}

}  // namespace
}  // namespace unmask
