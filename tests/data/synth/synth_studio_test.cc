#include "data/synth/synth_studio.h"

#include <map>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask::synth {
namespace {

namespace fs = std::filesystem;

std::vector<Clip> some_clips(std::size_t every) {
  const SynthPlan plan = plan_synth(5, {});
  std::vector<Clip> clips;
  for (std::size_t i = 0; i < plan.clips.size(); i += every) clips.push_back(plan.clips[i]);
  return clips;
}

TEST(SynthStudioTest, EqualSeedGivesEqualBytesAndAnotherSeedOthers) {
  const test_support::TemporaryFolder folder;
  const auto digests = [&](const std::string& name, std::uint64_t seed, int threads) {
    shoot_clips({folder.path() / name, seed, {}}, some_clips(70), threads, nullptr);
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path() / name)) {
      if (!entry.is_regular_file()) continue;
      const MappedFile file(entry.path());
      files[fs::relative(entry.path(), folder.path() / name).string()] = to_hex(digest128(file.bytes()));
    }
    return files;
  };
  const auto once = digests("a", 5, 1), again = digests("b", 5, 3), other = digests("c", 6, 2);
  ASSERT_EQ(once.size(), 19u * kClipFrames);
  EXPECT_EQ(once, again);
  for (const auto& [file, digest] : once) EXPECT_NE(other.at(file), digest) << file;
}

TEST(SynthStudioTest, ProgressRisesToAllOfIt) {
  const test_support::TemporaryFolder folder;
  std::vector<double> shares;
  shoot_clips({folder.path(), 5, {}}, some_clips(300), 2, [&](double share) { shares.push_back(share); });
  ASSERT_EQ(shares.size(), 5u);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_EQ(shares.back(), 1);
}

TEST(SynthStudioTest, AFrameThatCantBeWrittenStopsItAndIsNamed) {
  const test_support::TemporaryFolder folder;
  const std::vector<Clip> clips = some_clips(300);
  fs::create_directories(folder.path() / clips[2].folder / (clips[2].name + "_003.jpg"));  // a folder in its place
  try {
    shoot_clips({folder.path(), 5, {}}, clips, 2, nullptr);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(clips[2].name + "_003.jpg"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace unmask::synth
