// ffmpeg makes the videos, and says what is in their copies.
#include "report/verdict_video.h"

#include <sys/resource.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/data/frames/video_clips.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Colour = std::array<int, 3>;  // red, green, blue

constexpr Colour kFake{213, 94, 0}, kReal{0, 114, 178}, kUnjudged{120, 120, 120}, kBlack{0, 0, 0};

/// 50 frames, 25 a second; one person by track with a face in every tenth frame from 5 on, `boxes[track]`.
JudgedInput judged(const std::vector<FaceBox>& boxes, const std::vector<double>& scores, int least_box_px = 20) {
  JudgedInput input;
  input.status = "ok";
  input.frames = 50;
  input.duration_s = 2;
  input.looked_at = input.read = 5;
  for (std::uint32_t frame = 5; frame < 50; frame += 10) {
    for (std::uint32_t track = 0; track < boxes.size(); ++track)
      input.faces.push_back({frame, frame * 40'000, track, boxes[track], scores[track]});
  }
  VerdictOptions options;
  options.least_box_px = least_box_px;
  judge(input, options);
  return input;
}

class VerdictVideoTest : public testing::Test {
 protected:
  fs::path clip(const std::string& size, const std::string& more = "") {
    const fs::path file = folder_.path() / "clip.mkv";
    run_ffmpeg("-f lavfi -i color=black:size=" + size + ":rate=25 -frames:v 50 " + more + " -c:v ffv1 " +
               file.native());
    return file;
  }
  fs::path copy_of(const fs::path& video, const JudgedInput& input) {
    const fs::path copy = folder_.path() / "copy.mp4";
    EXPECT_TRUE(write_verdict_video(video, input, copy, {}, {}));
    run_ffmpeg("-xerror -err_detect explode -i " + copy.native() + " -f null -");
    return copy;
  }
  std::string told_by_ffprobe(const fs::path& file) {
    const std::string said = file.native() + ".txt";
    const std::string command =
        "ffprobe -v error -count_frames -show_entries stream=codec_name,width,height,nb_read_frames:format=duration "
        "-of csv=p=0 " +
        file.native() + " > " + said;
    EXPECT_EQ(std::system(command.c_str()), 0);
    const std::vector<std::uint8_t> bytes = bytes_of(said);
    return {bytes.begin(), bytes.end()};
  }

  test_support::TemporaryFolder folder_;
};

/// Of the frames of `copy`, [frame][y][x][3].
class Shown {
 public:
  Shown(const fs::path& copy, int width, int height) : width_(width), height_(height), rgb_(rgb_by_ffmpeg(copy)) {}
  bool is(std::size_t frame, int x, int y, const Colour& colour) const {
    const std::size_t at =
        ((frame * static_cast<std::size_t>(height_) + static_cast<std::size_t>(y)) * static_cast<std::size_t>(width_) +
         static_cast<std::size_t>(x)) *
        3;
    for (std::size_t c = 0; c < 3; ++c) {
      if (std::abs(rgb_.at(at + c) - colour[c]) > 45) return false;
    }
    return true;
  }

 private:
  int width_, height_;
  std::vector<std::uint8_t> rgb_;
};

TEST_F(VerdictVideoTest, IsTheVideoWithBoxesInTheVerdictsColours) {
  // The third person's face is too small to be judged.
  const JudgedInput input = judged({{20, 60, 100, 100}, {200, 60, 90, 90}, {140, 180, 40, 40}}, {0.9, 0.1, 0.9}, 48);
  const fs::path copy = copy_of(clip("320x240"), input);
  EXPECT_EQ(told_by_ffprobe(copy), "h264,320,240,50\n2.000000\n");
  const Shown shown(copy, 320, 240);
  for (const std::size_t frame : {5, 15, 45}) {  // judged: 3 px wide
    EXPECT_TRUE(shown.is(frame, 21, 110, kFake)) << frame;
    EXPECT_TRUE(shown.is(frame, 118, 110, kFake)) << frame;
    EXPECT_TRUE(shown.is(frame, 201, 100, kReal)) << frame;
    EXPECT_TRUE(shown.is(frame, 288, 100, kReal)) << frame;
    EXPECT_TRUE(shown.is(frame, 141, 200, kUnjudged)) << frame;
    EXPECT_TRUE(shown.is(frame, 70, 110, kBlack)) << frame;
    EXPECT_TRUE(shown.is(frame, 21, 168, kFake)) << frame << ": the face's own score, below";
  }
  for (const std::size_t frame : {0, 10, 49}) {  // between them: 1 px, and no score of its own
    EXPECT_TRUE(shown.is(frame, 24, 110, kBlack)) << frame;
    EXPECT_TRUE(shown.is(frame, 21, 168, kBlack)) << frame;
    EXPECT_FALSE(shown.is(frame, 20, 110, kBlack)) << frame;
  }
}

TEST_F(VerdictVideoTest, BoxesFollowAndEndWithTheirFaces) {
  JudgedInput input = judged({{20, 60, 100, 100}}, {0.9});
  std::erase_if(input.faces, [](const ScoredFace& face) { return face.frame > 15; });
  input.faces.back().box.x = 120;
  const Shown shown(copy_of(clip("320x240"), input), 320, 240);
  EXPECT_FALSE(shown.is(10, 70, 110, kBlack));  // half way
  EXPECT_TRUE(shown.is(15, 121, 110, kFake));
  EXPECT_FALSE(shown.is(40, 120, 110, kBlack));  // a second later
  EXPECT_TRUE(shown.is(41, 120, 110, kBlack));
}

TEST_F(VerdictVideoTest, OddSizesAndTinyOnesAreShownWhole) {
  EXPECT_EQ(
      told_by_ffprobe(copy_of(clip("202x102", "-vf format=gbrp,scale=101:51"), judged({{-20, -20, 90, 90}}, {0.9}))),
      "h264,102,52,50\n2.000000\n");
  EXPECT_EQ(told_by_ffprobe(copy_of(clip("64x64", "-vf format=gbrp,scale=1:3"), judged({}, {}))),
            "h264,2,4,50\n2.000000\n");
}

TEST_F(VerdictVideoTest, WideOnesAreScaledWithTheirBoxes) {
  const fs::path copy = copy_of(clip("16384x160", "-frames:v 6"), judged({{8192, 40, 100, 100}}, {0.9}));
  EXPECT_EQ(told_by_ffprobe(copy), "h264,8192,80,6\n0.240000\n");
  EXPECT_TRUE(Shown(copy, 8192, 80).is(5, 4097, 45, kFake));
}

TEST_F(VerdictVideoTest, FramesKeepTheirTimes) {
  // Every fifth frame alone, and two seconds later.
  const fs::path copy = copy_of(
      clip("64x64", "-vf \"trim=end_frame=50,select=not(mod(n\\,5)),setpts='PTS+gte(T,1)*2/TB'\" -fps_mode vfr"),
      judged({}, {}));
  const std::string said = copy.native() + ".txt";
  ASSERT_EQ(std::system(("ffprobe -v error -show_entries packet=pts_time -of csv=p=0 " + copy.native() +
                         " | tr -d , | "
                         "tr '\\n' ' ' > " +
                         said)
                            .c_str()),
            0);
  const std::vector<std::uint8_t> bytes = bytes_of(said);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()),
            "0.000000 0.200000 0.400000 0.600000 0.800000 3.000000 3.200000 3.400000 3.600000 3.800000 ");
}

TEST_F(VerdictVideoTest, EqualBytesWhoeverWritesIt) {
  const JudgedInput input = judged({{20, 60, 100, 100}}, {0.9});
  const fs::path video = clip("320x240");
  const std::vector<std::uint8_t> first = bytes_of(copy_of(video, input));
  EXPECT_EQ(bytes_of(copy_of(video, input)), first);
}

TEST_F(VerdictVideoTest, AFaultLeavesNothingAndNamesTheFile) {
  const JudgedInput input = judged({{20, 60, 100, 100}}, {0.9});
  const fs::path video = clip("320x240"), copy = folder_.path() / "copy.mp4";
  std::size_t frames = 0;
  const auto stopped = [&] {
    if (++frames == 20) throw std::runtime_error("stopped");
  };
  EXPECT_THROW(write_verdict_video(video, input, copy, {}, stopped), std::runtime_error);
  EXPECT_FALSE(write_verdict_video(folder_.path() / "missing.mkv", input, copy, {}, {}));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1024, before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  std::string fault;
  try {  // full once the decoder is there
    write_verdict_video(video, input, copy, {}, [&] { setrlimit(RLIMIT_FSIZE, &small); });
  } catch (const Error& error) {
    fault = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(fault.find("copy.mp4"), std::string::npos) << fault;
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_.path())) left.insert(entry.path().filename());
  EXPECT_EQ(left, (std::set<std::string>{"clip.mkv"}));
}

TEST_F(VerdictVideoTest, NamesAreHarmlessAndDiffer) {
  const std::vector<fs::path> files = {"a/clip.mp4",   "b/clip.mov",  "x\n;rm -rf ~\x1b[2J.avi",
                                       "..",           ".hidden.mp4", std::string(300, 'a'),
                                       "\xff\xfe.mkv", "günter.webm"};
  const std::vector<std::string> names = verdict_video_names(files);
  EXPECT_EQ(names[0], "0001-clip.mp4");
  EXPECT_EQ(names[1], "0002-clip.mp4");
  EXPECT_EQ(names[2], "0003-x__rm_-rf____2J.mp4");
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), files.size());
  for (const std::string& name : names) {
    EXPECT_LT(name.size(), 120u);
    EXPECT_EQ(name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."),
              std::string::npos)
        << name;
  }
}

TEST_F(VerdictVideoTest, NoInputIsReplacedByACopy) {
  const fs::path input = folder_.path() / "0001-a.mp4";
  write_bytes(input, {1});
  const std::vector<fs::path> files = {"a.mp4", input}, others = {"a.mp4", folder_.path() / "0002-a.mp4"};
  require_verdict_videos(folder_.path() / "in" / "it", files, verdict_video_names(files));
  require_verdict_videos(folder_.path(), others, verdict_video_names(others));
  EXPECT_THROW(require_verdict_videos(folder_.path(), files, verdict_video_names(files)), Error);
  EXPECT_THROW(require_verdict_videos(input, files, verdict_video_names(files)), Error);
}

TEST_F(VerdictVideoTest, PicturesAndUnreadOnesHaveNone) {
  JudgedInput input = judged({}, {});
  EXPECT_TRUE(has_verdict_video(input));
  input.read = 0;
  EXPECT_FALSE(has_verdict_video(input));
  input.read = input.frames = 1;
  EXPECT_FALSE(has_verdict_video(input));
}

}  // namespace
}  // namespace unmask
