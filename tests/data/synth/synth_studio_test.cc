#include "data/synth/synth_studio.h"

#include <algorithm>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/layouts/layout.h"
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
    shoot_clips({folder.path() / name, folder.path() / name / "videos", seed, {}}, some_clips(70), threads, nullptr);
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path() / name)) {
      if (!entry.is_regular_file()) continue;
      const MappedFile file(entry.path());
      files[fs::relative(entry.path(), folder.path() / name).string()] = to_hex(digest128(file.bytes()));
    }
    return files;
  };
  const auto once = digests("a", 5, 1), again = digests("b", 5, 3), other = digests("c", 6, 2);
  const auto fakes = std::ranges::count_if(some_clips(70), &Clip::fake);
  ASSERT_EQ(once.size(), 19u * (kClipFrames + 1) + static_cast<std::size_t>(fakes));
  EXPECT_EQ(once, again);
  for (const auto& [file, digest] : once) EXPECT_NE(other.at(file), digest) << file;
}

TEST(SynthStudioTest, TheVideosAreFaceForensicsTreeAndTheListTellsWhatIsKnown) {
  const test_support::TemporaryFolder folder;
  const std::vector<Clip> clips = some_clips(201);
  shoot_clips({folder / "datasets", folder / "videos", 5, {}}, clips, 2, nullptr);
  std::ofstream(folder / "clips.csv") << video_list(clips, "videos");
  const Layout &tree = recognise_layout(folder / "videos"), &list = recognise_layout(folder / "clips.csv");
  EXPECT_EQ(tree.name(), "faceforensics");
  EXPECT_EQ(list.name(), "csv");
  const auto by_file = [](const Layout& layout, const fs::path& root, const std::string& below) {
    std::map<std::string, SourceEntry> sources;
    for (const SourceEntry& source : layout.list(root)) sources[below + source.file.string()] = source;
    return sources;
  };
  const auto seen = by_file(tree, folder / "videos", "videos/"), known = by_file(list, folder / "clips.csv", "");
  ASSERT_EQ(seen.size(), clips.size());
  ASSERT_EQ(known.size(), clips.size());
  for (const Clip& clip : clips) {
    const SourceEntry &a = seen.at("videos/" + clip.video), &b = known.at("videos/" + clip.video);
    EXPECT_EQ(a.label, clip.fake);
    EXPECT_EQ(a.dataset, clip.look == CameraLook::kStudio ? "deepfakedetection" : "faceforensics");
    EXPECT_EQ(a.target_identity, clip.identity);
    EXPECT_EQ(a.mask.native(), clip.mask);
    EXPECT_EQ(b.label, clip.fake);
    EXPECT_EQ(b.dataset, clip.dataset);
    EXPECT_EQ(b.method, !clip.fake ? "real" : clip.family == BlendFamily::kSwap ? "swap" : "part");
    EXPECT_EQ(b.target_identity, clip.identity);
    EXPECT_EQ(b.source_identity, clip.fake ? clip.identity : "");
    EXPECT_EQ(b.video, a.video);
    EXPECT_EQ(b.split, clip.split);
    EXPECT_EQ(a.compression, b.compression);
  }
}

TEST(SynthStudioTest, ProgressRisesToAllOfIt) {
  const test_support::TemporaryFolder folder;
  std::vector<double> shares;
  shoot_clips({folder.path(), "", 5, {}}, some_clips(300), 2, [&](double share) { shares.push_back(share); });
  ASSERT_EQ(shares.size(), 5u);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_EQ(shares.back(), 1);
}

TEST(SynthStudioTest, AFrameThatCantBeWrittenStopsItAndIsNamed) {
  const test_support::TemporaryFolder folder;
  const std::vector<Clip> clips = some_clips(300);
  fs::create_directories(folder.path() / clips[2].folder / (clips[2].name + "_003.jpg"));  // a folder in its place
  try {
    shoot_clips({folder.path(), "", 5, {}}, clips, 2, nullptr);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(clips[2].name + "_003.jpg"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace unmask::synth
