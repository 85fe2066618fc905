#include "model/score/video_index.h"

#include <gtest/gtest.h>

#include "data/store/crop_store_writer.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

FrameInfo frame(const std::string& method, const std::string& compression, const std::string& video, int number) {
  FrameInfo made;
  made.label = method == "real" ? 0 : 1;
  made.dataset = "base";
  made.method = method;
  made.compression = compression;
  made.video = video;
  made.frame = static_cast<std::uint32_t>(number);
  made.split = Split::kVal;
  made.detector = "drawn";
  made.box = {0, 0, 16, 16};
  return made;
}

void write_store(const std::filesystem::path& file, const std::vector<FrameInfo>& frames) {
  CropStoreWriter writer(file, 16, CropEncoding::kRaw, "{}");
  const std::vector<std::uint8_t> rgb(16 * 16 * 3, 100);
  for (const FrameInfo& each : frames) writer.append(each, rgb);
  writer.finish();
}

TEST(VideoIndexTest, AVideoIsDatasetMethodCompressionAndName) {
  const test_support::TemporaryFolder folder;
  // FaceForensics++ has four fakes of one name.
  write_store(folder / "one.crops", {frame("deepfakes", "c23", "000_003", 0), frame("face2face", "c23", "000_003", 0),
                                     frame("deepfakes", "c40", "000_003", 0), frame("deepfakes", "c23", "000_003", 1),
                                     frame("deepfakes", "c23", "003_000", 0), frame("face2face", "c23", "000_003", 7)});
  FrameInfo elsewhere = frame("deepfakes", "c23", "000_003", 2);
  elsewhere.dataset = "augment";
  write_store(folder / "two.crops", {elsewhere, frame("deepfakes", "c23", "000_003", 2)});
  const std::vector<std::filesystem::path> files = {folder / "one.crops", folder / "two.crops"};
  EXPECT_EQ(video_indices(SampleList(files)), (std::vector<std::uint32_t>{0, 1, 2, 0, 3, 1, 4, 0}));
}

}  // namespace
}  // namespace unmask
