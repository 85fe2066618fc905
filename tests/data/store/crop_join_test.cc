#include "data/store/crop_join.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <thread>

#include "base/error.h"
#include "tests/data/crops_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::frame_of_row;
using test::smooth_crop;
using test::TemporaryFolder;
using test::write_bytes;
using test_support::refusal;

constexpr int kPx = 40;

/// Parts of 5, 1, 0, 7 and 3 rows, and the store that one writer makes of them. The one of a single row has no crop.
struct Parts : TemporaryFolder {
  explicit Parts(CropEncoding encoding = CropEncoding::kRaw) {
    CropStoreWriter plain(target("plain"), kPx, encoding, R"({"how":"joined"})");
    std::uint32_t row = 0;
    for (const std::uint32_t rows : {5u, 1u, 0u, 7u, 3u}) {
      files.push_back(path() / ("part" + std::to_string(files.size()) + ".crops"));
      CropStoreWriter writer(files.back(), kPx, encoding, "{}");
      for (std::uint32_t i = 0; i < rows; ++i, ++row) {
        FrameInfo frame = frame_of_row(row, "base", Split::kTrain);
        if (rows == 1) frame.status = FrameStatus::kNoFace;
        const bool has_crop = frame.status == FrameStatus::kOk;
        writer.append(frame, has_crop ? smooth_crop(kPx, row) : std::vector<std::uint8_t>());
      }
      writer.finish();
      plain.append_all(CropStore(files.back()));
    }
    plain.finish();
  }
  fs::path target(const std::string& name) const { return path() / (name + ".crops"); }
  std::vector<std::uint64_t> bytes() const {
    std::vector<std::uint64_t> bytes;
    for (const fs::path& file : files) bytes.push_back(record_bytes_of(file));
    return bytes;
  }
  /// Rank `rank` of `world` copies every world-th part, the last first.
  void copy_share(const fs::path& temporary, std::size_t rank, std::size_t world) const {
    const auto offsets = join_offsets(bytes());
    for (std::size_t i = files.size(); i-- > 0;) {
      if (i % world == rank) copy_records(temporary, files[i], offsets[i]);
    }
  }
  void finish(CropJoin& join) const { join.finish(files, R"({"how":"joined"})"); }
  std::size_t files_named(const std::string& text) const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(path())) {
      count += entry.path().filename().string().find(text) != std::string::npos;
    }
    return count;
  }
  std::vector<fs::path> files;
};

TEST(CropJoin, OffsetsFollowTheSizes) {
  const std::uint64_t bytes[] = {8192, 0, 64};
  EXPECT_EQ(join_offsets(bytes), (std::vector<std::uint64_t>{4096, 12288, 12288, 12352}));
  EXPECT_EQ(join_offsets({}), (std::vector<std::uint64_t>{4096}));
}

TEST(CropJoin, AnyNumberOfWritersGivesTheBytesOfThePlainWriter) {
  for (const CropEncoding encoding : {CropEncoding::kRaw, CropEncoding::kJpeg95}) {
    const Parts parts(encoding);
    const std::string wanted = bytes_of(parts.target("plain"));
    for (const std::size_t world : {1u, 2u, 3u}) {
      CropJoin join(parts.target("joined"), parts.bytes());
      std::vector<std::thread> ranks;
      for (std::size_t rank = 0; rank < world; ++rank) {
        ranks.emplace_back([&, rank] { parts.copy_share(join.temporary(), rank, world); });
      }
      for (std::thread& rank : ranks) rank.join();
      EXPECT_FALSE(fs::exists(parts.target("joined")));
      parts.finish(join);
      EXPECT_EQ(bytes_of(parts.target("joined")), wanted) << world;
      fs::remove(parts.target("joined"));
    }
  }
}

TEST(CropJoin, GivenUpHalfwayItLeavesNothing) {
  const Parts parts;
  {
    CropJoin join(parts.target("joined"), parts.bytes());
    parts.copy_share(join.temporary(), 0, 2);
  }
  EXPECT_EQ(parts.files_named("joined"), 0u);
}

TEST(CropJoin, KilledHalfwayItLeavesNoFileOfThatNameAndTheNextOneDoesTheWork) {
  const Parts parts;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    CropJoin join(parts.target("joined"), parts.bytes());
    parts.copy_share(join.temporary(), 0, 2);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(fs::exists(parts.target("joined")));
  EXPECT_EQ(parts.files_named("joined"), 1u);
  CropJoin join(parts.target("joined"), parts.bytes());
  parts.copy_share(join.temporary(), 0, 1);
  parts.finish(join);
  EXPECT_EQ(bytes_of(parts.target("joined")), bytes_of(parts.target("plain")));
  EXPECT_EQ(parts.files_named("joined"), 1u);
}

TEST(CropJoin, ADamagedPartIsNamedAndNotCopied) {
  const Parts parts;
  std::string bytes = bytes_of(parts.files[3]);
  bytes[4096 + 8192 + 5] ^= 1;  // its second record, of its third row
  write_bytes(parts.files[3], bytes);
  const CropJoin join(parts.target("joined"), parts.bytes());
  const std::string text = refusal(ErrorKind::kData, [&] { copy_records(join.temporary(), parts.files[3], 4096); });
  EXPECT_EQ(text.find(parts.files[3].string() + ": record 2 is damaged"), 0u) << text;
}

TEST(CropJoin, APartOfAnotherSizeOrKindIsNamed) {
  const Parts parts;
  const auto finish_fault = [&] {
    CropJoin join(parts.target("joined"), parts.bytes());
    parts.copy_share(join.temporary(), 0, 1);
    return refusal(ErrorKind::kData, [&] { parts.finish(join); });
  };
  EXPECT_EQ(finish_fault(), "");
  test::write_store(parts.files[4], 3, 20);
  EXPECT_EQ(finish_fault().find(parts.files[4].string()), 0u) << finish_fault();
  test::write_store(parts.files[4], 3, kPx);
  std::vector<std::uint64_t> planned = parts.bytes();
  planned[4] += 8192;
  CropJoin join(parts.target("joined"), planned);
  EXPECT_EQ(refusal(ErrorKind::kData, [&] { parts.finish(join); }).find(parts.files[4].string()), 0u);
  EXPECT_NE(refusal(ErrorKind::kFailed, [&] { join.finish(std::span(parts.files).first(2), "{}"); }), "");
}

TEST(CropJoin, CopiesOnlyIntoAJoinThatIsThere) {
  const Parts parts;
  EXPECT_NE(refusal(ErrorKind::kFailed, [&] { copy_records(parts.target("none"), parts.files[0], 4096); }), "");
}

}  // namespace
}  // namespace unmask
