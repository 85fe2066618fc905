// Videos and pictures that were damaged at random: each is named, none crashes, none hangs, and good ones stay good.
// UNMASK_HOSTILE_FILES says how many; 24 otherwise.
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "data/frames/media_decoder.h"
#include "tests/data/frames/video_clips.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr uid_t kNobody = 65534;

Bytes damaged(Bytes bytes, std::mt19937& random) {
  const auto somewhere = [&] { return random() % bytes.size(); };
  switch (random() % 5) {
    case 0: bytes.resize(somewhere()); break;
    case 1: bytes[somewhere()] ^= static_cast<std::uint8_t>(1 << random() % 8); break;
    case 2:
      for (int i = 0; i < 40; ++i) bytes[somewhere()] ^= static_cast<std::uint8_t>(1 << random() % 8);
      break;
    case 3:
      for (std::size_t i = somewhere(), end = std::min(bytes.size(), i + 300); i < end; ++i) {
        bytes[i] = static_cast<std::uint8_t>(random());
      }
      break;
    default:  // a header of numbers that can't be
      for (int i = 0; i < 8; ++i) bytes[random() % std::min<std::size_t>(bytes.size(), 600)] = 0xFF;
  }
  return bytes;
}

TEST(HostileMediaTest, EveryInputIsNamedAndGoodOnesStayGood) {
  const char* const asked = std::getenv("UNMASK_HOSTILE_FILES");
  const int files = asked != nullptr ? std::atoi(asked) : 24;
  const test_support::TemporaryFolder folder;
  std::vector<Bytes> good;
  for (const std::string name :
       {"a.mp4", "b.mkv", "c.avi", "d.ts", "e.webm", "f.png", "g.jpg", "h.mov", "i.bmp", "j.webp"}) {
    const bool is_picture = name[0] == 'f' || name[0] == 'g' || name[0] == 'i' || name[0] == 'j';
    run_ffmpeg(source(is_picture ? 1 : 30) + (folder / name).native());
    good.push_back(bytes_of(folder / name));
  }
  std::mt19937 random(7);
  DecoderOptions options;
  MediaDecoder decoder(options);
  int faulty_files = 0, faulty_frames = 0, lost = 0;
  for (int i = 0; i < files; ++i) {
    const auto file = folder / "hostile";
    const Bytes& whole = good[static_cast<std::size_t>(i) % good.size()];
    write_bytes(file, damaged(whole, random));
    const VideoFacts facts = decoder.probe(file);
    EXPECT_EQ(facts.status == FrameStatus::kOk, facts.frames > 0);
    if (facts.status != FrameStatus::kOk) {
      EXPECT_NE(facts.problem, "");
      ++faulty_files;
    }
    std::vector<std::uint32_t> numbers(30);
    std::iota(numbers.begin(), numbers.end(), 0u);
    decoder.open(file, numbers);
    std::uint32_t given = 0;
    bool is_lost = facts.status == FrameStatus::kDecoderFailed;
    while (const auto frame = decoder.next()) {
      EXPECT_EQ(frame->frame, given++);
      EXPECT_EQ(frame->read.status == FrameStatus::kOk, frame->read.problem.empty()) << frame->read.problem;
      EXPECT_EQ(frame->read.status == FrameStatus::kOk, !frame->read.image.rgb.empty());
      faulty_frames += frame->read.status == FrameStatus::kOk ? 0 : 1;
      is_lost = is_lost || frame->read.status == FrameStatus::kDecoderFailed;
      if (is_lost) RecordProperty("lost_" + std::to_string(i), frame->read.problem);
    }
    EXPECT_EQ(given, 30u);
    lost += is_lost ? 1 : 0;
    if (i % 10 == 9) {
      EXPECT_EQ(decoder.probe(folder / "a.mp4").frames, 30);
    }
  }
  std::printf("%d files: %d of them named as a whole, %d frames named, %d decoders lost\n", files, faulty_files,
              faulty_frames, lost);
}

TEST(HostileMediaTest, AFileWithoutPermissionIsNamed) {
  const test_support::TemporaryFolder folder;
  run_ffmpeg(source(3) + (folder / "a.mp4").native());
  run_ffmpeg(source(3) + (folder / "b.mp4").native());
  chmod((folder / "a.mp4").c_str(), 0);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  MediaDecoder decoder(DecoderOptions{});
  EXPECT_EQ(decoder.probe(folder / "b.mp4").frames, 3);
  if (geteuid() == 0) setfsuid(kNobody);  // permissions don't stop root
  const VideoFacts facts = decoder.probe(folder / "a.mp4");
  setfsuid(geteuid());
  EXPECT_EQ(facts.frames, 0);
  EXPECT_EQ(facts.problem, "Permission denied");
  EXPECT_EQ(decoder.probe(folder / "b.mp4").frames, 3);
}

}  // namespace
}  // namespace unmask
