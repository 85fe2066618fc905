#include "data/frames/media_decoder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/frames/image_file.h"
#include "tests/data/frames/video_clips.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

std::vector<std::uint32_t> first_numbers(std::size_t count) {
  std::vector<std::uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0u);
  return numbers;
}

class MediaDecoderTest : public testing::Test {
 protected:
  std::filesystem::path clip(const std::string& name, const std::string& arguments) {
    const auto file = folder_.path() / name;
    run_ffmpeg(arguments + file.native());
    return file;
  }
  std::vector<DecodedFrame> decode(const std::filesystem::path& file, const std::vector<std::uint32_t>& numbers) {
    decoder_.open(file, numbers);
    std::vector<DecodedFrame> frames;
    while (auto frame = decoder_.next()) frames.push_back(std::move(*frame));
    return frames;
  }
  /// Every frame has ffmpeg's bits, decoded one after the other and alone.
  void expect_like_ffmpeg(const std::filesystem::path& file, std::size_t frames, int width, int height,
                          const std::string& turn = "") {
    SCOPED_TRACE(file.native());
    const VideoFacts facts = decoder_.probe(file);
    EXPECT_EQ(facts.status, FrameStatus::kOk) << facts.problem;
    EXPECT_EQ(facts.frames, static_cast<std::int64_t>(frames));
    EXPECT_EQ(facts.width, width);
    EXPECT_EQ(facts.height, height);
    const std::vector<std::uint8_t> wanted = rgb_by_ffmpeg(file, turn);
    const std::size_t bytes = static_cast<std::size_t>(width) * height * 3;
    ASSERT_EQ(wanted.size(), bytes * frames);
    const std::vector<DecodedFrame> seen = decode(file, first_numbers(frames));
    ASSERT_EQ(seen.size(), frames);
    std::int64_t before = -1;
    for (std::size_t i = 0; i < frames; ++i) {
      ASSERT_EQ(seen[i].read.status, FrameStatus::kOk) << seen[i].read.problem;
      EXPECT_TRUE(std::equal(seen[i].read.image.rgb.begin(), seen[i].read.image.rgb.end(),
                             wanted.begin() + static_cast<std::ptrdiff_t>(bytes * i),
                             wanted.begin() + static_cast<std::ptrdiff_t>(bytes * (i + 1))))
          << "frame " << i;
      EXPECT_GT(seen[i].time_us, before);
      before = seen[i].time_us;
    }
    EXPECT_EQ(seen[0].time_us, 0);
    for (const std::uint32_t number : {std::uint32_t(frames / 2), std::uint32_t(frames - 1)}) {
      const std::vector<DecodedFrame> alone = decode(file, {number});
      ASSERT_EQ(alone.size(), 1u);
      EXPECT_TRUE(alone[0].read.image.rgb == seen[number].read.image.rgb) << "frame " << number << " alone";
    }
  }

  test_support::TemporaryFolder folder_;
  MediaDecoder decoder_{DecoderOptions{}};
};

TEST_F(MediaDecoderTest, VideosOfManyKindsGiveTheBitsOfFfmpeg) {
  expect_like_ffmpeg(clip("h264.mp4", source(40) + "-c:v libx264 -g 12 -bf 3 -pix_fmt yuv420p "), 40, 96, 64);
  expect_like_ffmpeg(clip("ten_bits.mp4", source(20) + "-c:v libx264 -pix_fmt yuv420p10le "), 20, 96, 64);
  expect_like_ffmpeg(clip("full_colour.mkv", source(20) + "-c:v libx264 -pix_fmt yuv444p -colorspace bt709 "), 20, 96,
                     64);
  expect_like_ffmpeg(clip("odd_size.mkv", source(12) + "-vf scale=97:65 -c:v libx264 -pix_fmt yuv444p "), 12, 97, 65);
  expect_like_ffmpeg(clip("open_gop.mp4", source(40) + "-c:v libx264 -x264-params open-gop=1:keyint=10:bframes=3 "), 40,
                     96, 64);
  expect_like_ffmpeg(clip("stream.ts", source(30) + "-c:v libx264 -g 10 -pix_fmt yuv420p "), 30, 96, 64);
  expect_like_ffmpeg(clip("mpeg4.avi", source(20) + "-c:v mpeg4 -q:v 3 "), 20, 96, 64);
  expect_like_ffmpeg(clip("mjpeg.avi", source(20) + "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p "), 20, 96, 64);
}

TEST_F(MediaDecoderTest, ATurnedVideoIsShownUpright) {
  const auto flat = clip("flat.mp4", source(5) + "-c:v libx264 -pix_fmt yuv420p ");
  // The first word is the muxer's; what it writes of it, and what ffmpeg itself makes of that, is the second.
  const std::vector<std::pair<std::string, std::string>> turns{
      {"90", ",transpose=cclock"}, {"180", ",hflip,vflip"}, {"270", ",transpose=clock"}};
  for (const auto& [degrees, turn] : turns) {
    const auto turned =
        clip("turned" + degrees + ".mp4", "-i " + flat.native() + " -c copy -metadata:s:v:0 rotate=" + degrees + " ");
    const bool is_upright = degrees == "180";
    expect_like_ffmpeg(turned, 5, is_upright ? 96 : 64, is_upright ? 64 : 96, turn);
  }
}

TEST_F(MediaDecoderTest, TimesAreThoseOfTheContainerFromTheFirstFrame) {
  // Every third frame is left out, and what was at 0 is moved to 2 s.
  const auto file = clip("rate.mkv", source(30) +
                                         "-vf \"select='mod(n,3)',setpts=PTS+2/TB\" -fps_mode passthrough "
                                         "-c:v libx264 -frames:v 9 ");
  const std::vector<DecodedFrame> frames = decode(file, first_numbers(9));
  const std::vector<std::int64_t> wanted{0, 40'000, 120'000, 160'000, 240'000, 280'000, 360'000, 400'000, 480'000};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].read.status, FrameStatus::kOk) << frames[i].read.problem;
    EXPECT_EQ(frames[i].time_us, wanted[i]);
  }
}

TEST_F(MediaDecoderTest, FramesThatAnEditListHidesHaveNoNumber) {
  const auto whole = clip("whole.mp4", source(50) + "-c:v libx264 -g 50 -bf 2 ");
  const auto cut = clip("cut.mp4", "-ss 0.5 -i " + whole.native() + " -c copy ");
  const VideoFacts facts = decoder_.probe(cut);
  const std::size_t bytes = 96 * 64 * 3;
  expect_like_ffmpeg(cut, rgb_by_ffmpeg(cut).size() / bytes, 96, 64);
  EXPECT_LT(facts.frames, 50);
}

TEST_F(MediaDecoderTest, ADamagedFrameIsNamedAndTheLaterOnesKeepTheirNumbers) {
  const auto good = clip("good.avi", source(20) + "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p ");
  const std::vector<DecodedFrame> whole = decode(good, first_numbers(20));
  std::vector<std::uint8_t> bytes = bytes_of(good);
  const std::vector<std::uint8_t> start{0xFF, 0xD8, 0xFF};
  auto at = bytes.begin();
  for (int frame = 0; frame <= 7; ++frame) at = std::search(at + 1, bytes.end(), start.begin(), start.end());
  ASSERT_GT(bytes.end() - at, 700);
  std::fill_n(at, 700, std::uint8_t{0});
  const auto bad = folder_.path() / "bad.avi";
  write_bytes(bad, bytes);
  const std::vector<DecodedFrame> frames = decode(bad, first_numbers(20));
  ASSERT_EQ(frames.size(), 20u);
  EXPECT_EQ(frames[7].read.status, FrameStatus::kTruncated);
  EXPECT_EQ(frames[7].read.problem, "frame 7 can't be decoded: damaged");
  for (const std::size_t i : {0, 6, 8, 19}) {
    EXPECT_EQ(frames[i].read.image.rgb, whole[i].read.image.rgb) << i << ": " << frames[i].read.problem;
  }
}

TEST_F(MediaDecoderTest, WhatIsPredictedFromADamagedFrameIsNotShown) {
  const auto good = clip("good.mp4", source(30) + "-c:v libx264 -g 10 -bf 0 -pix_fmt yuv420p -movflags +faststart ");
  const std::vector<DecodedFrame> whole = decode(good, first_numbers(30));
  std::vector<std::uint8_t> bytes = bytes_of(good);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), 400, std::uint8_t{0xA5});
  const auto bad = folder_.path() / "bad.mp4";
  write_bytes(bad, bytes);
  const std::vector<DecodedFrame> frames = decode(bad, first_numbers(30));
  int damaged = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    if (frames[i].read.status == FrameStatus::kOk) {
      EXPECT_EQ(frames[i].read.image.rgb, whole[i].read.image.rgb) << "frame " << i;
    } else {
      ++damaged;
    }
    const std::vector<DecodedFrame> alone = decode(bad, {static_cast<std::uint32_t>(i)});
    EXPECT_EQ(alone[0].read.status, frames[i].read.status) << "frame " << i << ": " << frames[i].read.problem;
    EXPECT_EQ(alone[0].read.problem, frames[i].read.problem);
  }
  EXPECT_GT(damaged, 0);
  EXPECT_LT(damaged, 21);
}

TEST_F(MediaDecoderTest, APictureIsAVideoOfOneFrame) {
  const auto picture = clip("picture.png", source(1));
  const VideoFacts facts = decoder_.probe(picture);
  EXPECT_EQ(facts.codec, "png");
  EXPECT_EQ(facts.frames, 1);
  EXPECT_EQ(facts.width, 96);
  const std::vector<DecodedFrame> frames = decode(picture, {0, 1});
  EXPECT_EQ(frames[0].read.image.rgb, read_image(picture, {}).image.rgb);
  EXPECT_EQ(frames[1].read.problem, "has 1 frame; wanted frame 1");
}

TEST_F(MediaDecoderTest, WhatIsNoVideoIsNamed) {
  const auto sound = clip("sound.mp4", "-f lavfi -i sine -t 1 ");
  EXPECT_EQ(decoder_.probe(sound).problem, "has no video stream: sound or data alone");
  const auto text = folder_.path() / "text.mp4";
  write_bytes(text, {'a', 'b', 'c'});
  EXPECT_EQ(decoder_.probe(text).status, FrameStatus::kNotAnImage);
  write_bytes(text, {});
  EXPECT_EQ(decoder_.probe(text).problem, "the file is empty");
  EXPECT_EQ(decoder_.probe(folder_.path()).problem, "a folder");
  EXPECT_EQ(decoder_.probe("/dev/null").status, FrameStatus::kNotAFile);
  EXPECT_EQ(decoder_.probe(folder_.path() / "none").problem, "No such file or directory");
  const auto fifo = folder_.path() / "fifo.mp4";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(decode(fifo, {3})[0].read.problem, "a FIFO");
  const auto renamed = folder_.path() / "video.jpg";
  std::filesystem::rename(clip("video.mp4", source(5) + "-c:v libx264 "), renamed);
  EXPECT_EQ(decoder_.probe(renamed).codec, "h264");
}

TEST_F(MediaDecoderTest, AVideoThatEndsEarlyGivesWhatIsThere) {
  const auto file = clip("cut.mp4", source(30) + "-c:v libx264 -g 5 -bf 0 -movflags +faststart ");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) * 6 / 10);
  const VideoFacts facts = decoder_.probe(file);
  EXPECT_GT(facts.frames, 5);
  EXPECT_LT(facts.frames, 30);
  EXPECT_NE(facts.problem.find("its header tells of 30: damaged or cut off"), std::string::npos) << facts.problem;
  const std::vector<DecodedFrame> frames = decode(file, {0, 29});
  EXPECT_EQ(frames[0].read.status, FrameStatus::kOk);
  EXPECT_EQ(frames[1].read.status, FrameStatus::kTruncated);
}

TEST_F(MediaDecoderTest, AHugeVideoIsRefusedByItsHeader) {
  const auto file = clip("large.mp4", source(2, "320x240") + "-c:v libx264 ");
  DecoderOptions options;
  options.limits.max_pixels = 320 * 240 - 1;
  MediaDecoder decoder(options);
  EXPECT_EQ(decoder.probe(file).problem, "320 x 240 pixels; the limit is 76799 (max_pixels)");
  decoder.open(file, std::vector<std::uint32_t>{1});
  EXPECT_EQ(decoder.next()->read.status, FrameStatus::kTooLarge);
}

TEST_F(MediaDecoderTest, AnotherInputMayComeBeforeTheEndOfOne) {
  const auto file = clip("one.mp4", source(40) + "-c:v libx264 ");
  const std::vector<DecodedFrame> whole = decode(file, first_numbers(40));
  for (const std::uint32_t number : {9u, 30u, 2u}) {
    decoder_.open(file, first_numbers(40));
    decoder_.next();
    decoder_.open(file, std::vector<std::uint32_t>{number});
    EXPECT_EQ(decoder_.next()->read.image.rgb, whole[number].read.image.rgb);
    EXPECT_FALSE(decoder_.next());
  }
}

TEST_F(MediaDecoderTest, ADecoderThatMisbehavesCostsOneInput) {
  const auto file = clip("one.mp4", source(4) + "-c:v libx264 ");
  DecoderOptions options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "decoder_stand_in";
  options.memory_bytes = 64 << 20;
  struct Case {
    const char *how, *frame_problem;
  };
  const std::string lie = "the decoder told what can't be: ";
  const std::vector<std::pair<std::string, std::string>> cases{{"crash", "the decoder was killed by SIGSEGV"},
                                                               {"hang", "the decoder hung: no frame in "},
                                                               {"exit", "the decoder ended with exit code 7"},
#ifndef __SANITIZE_ADDRESS__  // there is no limit of memory with it
                                                               {"eat", "the decoder needs more than 64 MiB of memory"},
#endif
                                                               {"close", "the decoder closed its socket"},
                                                               {"short", lie + "a message of 40 bytes"},
                                                               {"long", lie + "a message of "},
                                                               {"width", lie},
                                                               {"height", lie},
                                                               {"status", lie + "status 200"},
                                                               {"kind", lie},
                                                               {"request", lie + "replies that nobody asked for"}};
  for (const auto& [how, problem] : cases) {
    SCOPED_TRACE(how);
    setenv("UNMASK_STAND_IN", how.c_str(), 1);
    options.frame_timeout_s = how == "hang" ? 0.4 : 60;
    MediaDecoder decoder(options);
    for (int round = 0; round < 2; ++round) {  // each time by a new child
      const VideoFacts facts = decoder.probe(file);
      EXPECT_EQ(facts.status, FrameStatus::kDecoderFailed);
      EXPECT_EQ(facts.problem.substr(0, problem.size()), problem);
      decoder.open(file, std::vector<std::uint32_t>{0, 1});
      for (std::uint32_t number = 0; number < 2; ++number) {
        const auto frame = decoder.next();
        EXPECT_EQ(frame->frame, number);
        EXPECT_EQ(frame->read.status, FrameStatus::kDecoderFailed);
        EXPECT_EQ(frame->read.problem.substr(0, problem.size()), problem);
      }
      EXPECT_FALSE(decoder.next());
    }
  }
  const std::vector<std::pair<std::string, std::string>> frame_lies{{"frame", "frame 5 instead of 0"},
                                                                    {"time", "time "}};
  for (const auto& [how, problem] : frame_lies) {
    setenv("UNMASK_STAND_IN", how.c_str(), 1);
    MediaDecoder decoder(options);
    decoder.open(file, std::vector<std::uint32_t>{0});
    EXPECT_EQ(decoder.next()->read.problem.substr(0, (lie + problem).size()), lie + problem);
  }
  setenv("UNMASK_STAND_IN", "frames", 1);
  EXPECT_EQ(MediaDecoder(options).probe(file).problem, lie + "1152921504606846976 frames");
  setenv("UNMASK_STAND_IN", "text", 1);
  const std::string text = MediaDecoder(options).probe(file).problem;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  unsetenv("UNMASK_STAND_IN");
}

DecoderOptions silent_stand_in(double frame_timeout_s) {
  setenv("UNMASK_STAND_IN", "hang", 1);
  DecoderOptions options;
  options.executable = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "decoder_stand_in";
  options.frame_timeout_s = frame_timeout_s;
  return options;
}

TEST_F(MediaDecoderTest, AStopIsAnsweredWhileTheChildIsSilent) {
  struct Stop {};
  const auto file = clip("one.mp4", source(4) + "-c:v libx264 ");
  MediaDecoder decoder(silent_stand_in(1000));
  int calls = 0;
  decoder.on_wait([&] {
    if (++calls % 2 == 0) throw Stop();
  });
  EXPECT_THROW(decoder.probe(file), Stop);
  decoder.open(file, first_numbers(1));
  EXPECT_THROW(decoder.next(), Stop);
  EXPECT_EQ(calls, 4);
  setenv("UNMASK_STAND_IN", "text", 1);  // another child
  EXPECT_EQ(decoder.probe(file).status, FrameStatus::kTruncated);
}

TEST_F(MediaDecoderTest, HolesOfAFileAreNoReasonForPatience) {
  const auto file = clip("one.mp4", source(4) + "-c:v libx264 ");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 40);
  EXPECT_EQ(MediaDecoder(silent_stand_in(0.5)).probe(file).problem.substr(0, 33), "the decoder hung: no frame in 0.5");
}

TEST_F(MediaDecoderTest, AMissingDecoderIsAnErrorThatNamesIt) {
  DecoderOptions options;
  options.executable = "/nowhere/unmask-decode";
  EXPECT_EQ(sandbox_fault(options), "the decoder can't be started: /nowhere/unmask-decode: No such file or directory");
  options.executable = "/bin/true";
  EXPECT_EQ(sandbox_fault(options), "the decoder can't be started: the decoder ended with exit code 0");
}

TEST_F(MediaDecoderTest, TheSandboxWorksHere) { EXPECT_EQ(sandbox_fault({}), ""); }

}  // namespace
}  // namespace unmask
