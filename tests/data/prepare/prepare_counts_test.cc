#include "data/prepare/prepare_counts.h"

#include <gtest/gtest.h>

#include "data/store/crop_store_writer.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

FrameInfo row(const std::string& source, std::uint32_t frame, FrameStatus status, Split split = Split::kTrain) {
  FrameInfo info;
  info.dataset = "base";
  info.source = source;
  info.frame = frame;
  info.status = status;
  info.split = split;
  return info;
}

TEST(PrepareCountsTest, SourcesThatCouldntBeReadAsAWholeAreNamedOnce) {
  const TemporaryFolder folder;
  CropStoreWriter writer(folder.path() / "s.crops", 32, CropEncoding::kRaw, "{}");
  const std::vector<std::uint8_t> crop(32 * 32 * 3);
  writer.append(row("cut.mp4", 0, FrameStatus::kOk), crop);
  writer.append(row("cut.mp4", 0, FrameStatus::kOk), crop);  // a second face
  writer.append(row("cut.mp4", 4, FrameStatus::kNoFace), {});
  writer.append(row("cut.mp4", 8, FrameStatus::kTruncated), {});
  writer.append(row("good.mp4", 0, FrameStatus::kNoFace), {});
  writer.append(row("late.mp4", 0, FrameStatus::kOk, Split::kVal), crop);
  writer.append(row("x.png", 0, FrameStatus::kUnreadable, Split::kVal), {});
  writer.finish();
  PrepareProblems problems;
  problems.add("cut.mp4", FrameStatus::kTruncated, "ends in frame 7");
  problems.add("late.mp4", FrameStatus::kTruncated, "the header tells more frames");
  const auto counts = count_rows(CropStore(folder.path() / "s.crops"), problems);
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts.at("base/train").by_status,
            (std::map<std::string, std::int64_t>{{"ok", 2}, {"no_face", 2}, {"truncated", 1}}));
  EXPECT_EQ(counts.at("base/train").bad,
            std::vector<std::string>{"cut.mp4: truncated (2 of 3 frames read): ends in frame 7"});
  EXPECT_EQ(counts.at("base/val").bad,
            (std::vector<std::string>{"late.mp4: truncated: the header tells more frames", "x.png: unreadable"}));
}

}  // namespace
}  // namespace unmask
