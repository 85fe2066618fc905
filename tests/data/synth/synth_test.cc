#include "data/synth/synth.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask::synth {
namespace {

namespace fs = std::filesystem;

class SynthTest : public testing::Test {
 protected:
  SynthTest() { fs::create_directory(folder_ / "faces"); }

  test_support::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(SynthTest, MissingFolderOfFacesIsAUsageError) {
  try {
    make_synth({folder_ / "out", folder_ / "none", 1, 1}, nullptr);
    FAIL() << "no error";
  } catch (const Error& fault) {
    EXPECT_EQ(fault.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(fault.what()).find("none"), std::string::npos);
    EXPECT_NE(std::string(fault.what()).find("--faces"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

/// What a finished call leaves, small.
void write_marker(const fs::path& out, std::uint64_t seed, const std::string& faces, bool videos = true) {
  fs::create_directories(out / "datasets");
  const nlohmann::json marker = {{"version", kSynthVersion},
                                 {"seed", seed},
                                 {"faces", faces},
                                 {"videos", 12},
                                 {"frames", 60},
                                 {"people", {"ann"}},
                                 {"unused", nlohmann::json::array()},
                                 {"h264", videos}};
  std::ofstream(out / "datasets/synth.json") << marker;
}

TEST_F(SynthTest, AFinishedDatasetIsLeftAsItIsAndAnotherIsRefused) {
  const std::string no_faces = to_hex(digest128({}));
  write_marker(folder_ / "out", 7, no_faces);
  const SynthReport report = make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr);
  EXPECT_TRUE(report.was_finished);
  EXPECT_EQ(report.frames, 60);
  EXPECT_FALSE(fs::exists(folder_ / "out/datasets/base_deepfake"));
  const auto refused = [&](std::uint64_t seed, const std::string& word) {
    try {
      make_synth({folder_ / "out", folder_ / "faces", seed, 1}, nullptr);
      FAIL() << "no error";
    } catch (const Error& fault) {
      EXPECT_EQ(fault.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(fault.what()).find(word), std::string::npos) << fault.what();
    }
  };
  refused(8, "seed 7");
  std::ofstream(folder_ / "faces/ann.txt") << "another file";
  refused(7, "other face files");
  std::ofstream(folder_ / "out/datasets/synth.json") << "{ damaged";
  EXPECT_THROW(make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr), Error);
}

TEST_F(SynthTest, FoldersThatSynthHasNotMadeAreNeverRemoved) {
  fs::create_directories(folder_ / "out/datasets/base_deepfake/real/frames");
  std::ofstream(folder_ / "out/datasets/base_deepfake/real/frames/mine_000.png") << "precious";
  EXPECT_THROW(make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr), Error);
  EXPECT_TRUE(fs::exists(folder_ / "out/datasets/base_deepfake/real/frames/mine_000.png"));
}

TEST_F(SynthTest, VideosThatSynthHasNotMadeAreNeverRemoved) {
  for (const std::string name : {"videos", "clips.csv"}) {
    const fs::path out = folder_ / ("out_" + name);
    fs::create_directories(out / name);
    std::ofstream(out / name / "mine.mp4") << "precious";
    EXPECT_THROW(make_synth({out, folder_ / "faces", 7, 1}, nullptr), Error);
    EXPECT_TRUE(fs::exists(out / name / "mine.mp4"));
  }
}

TEST_F(SynthTest, AFinishedDatasetWithoutVideosIsAllThatIsAskedForWithoutThem) {
  write_marker(folder_ / "out", 7, to_hex(digest128({})), false);
  EXPECT_TRUE(make_synth({folder_ / "out", folder_ / "faces", 7, 1, false}, nullptr).was_finished);
}

TEST_F(SynthTest, AFifoAmongTheFacesIsNamedAndNotWaitedFor) {
  ASSERT_EQ(mkfifo((folder_ / "faces/pipe.jpg").c_str(), 0600), 0);
  write_marker(folder_ / "out", 7, to_hex(digest128({})));
  EXPECT_TRUE(make_synth({folder_ / "out", folder_ / "faces", 7, 1}, nullptr).was_finished);
}

}  // namespace
}  // namespace unmask::synth
