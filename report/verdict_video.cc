#include "report/verdict_video.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <set>

#include <opencv2/imgproc.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/number_text.h"
#include "data/frames/opencv_image.h"
#include "data/printable.h"
#include "data/video/video_writer.h"
#include "report/canvas.h"
#include "report/verdict_marks.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr int kMostSide = kMostVideoSide / 2;
constexpr int kTicksPerS = 90'000;  // divides into 24, 25, 30, 29.97, 50, 60 frames a second
constexpr std::int64_t kMostTicks = 10 * kTicksPerS;
constexpr std::size_t kMostName = 100;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

bool is_harmless(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
         letter == '-' || letter == '_' || letter == '.';
}

/// How a video's frames become those of its copy.
struct CopyShape {
  cv::Size shown;  // scaled
  cv::Size coded;  // even
  int picture_ticks = kTicksPerS / kVideoRate;
};

CopyShape shape_of(const JudgedInput& input, int width, int height) {
  CopyShape shape;
  const double scale = std::min(1.0, static_cast<double>(kMostSide) / std::max(width, height));
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  shape.shown = {scaled(width), scaled(height)};
  shape.coded = {(shape.shown.width + 1) & ~1, (shape.shown.height + 1) & ~1};
  if (input.duration_s > 0) {
    const double ticks = kTicksPerS * input.duration_s / static_cast<double>(input.frames);
    shape.picture_ticks = static_cast<int>(std::clamp(std::round(ticks), 1.0, static_cast<double>(kMostTicks)));
  }
  return shape;
}

const cv::Scalar& colour_of(Verdict verdict) {
  if (verdict == Verdict::kFake) return ink::kFake;
  return verdict == Verdict::kNothingFound ? ink::kReal : ink::kGrey;
}

std::string told(Verdict verdict, const std::string& reason) {
  return std::string(to_word(verdict)) + (reason.empty() ? "" : ": " + reason);
}

/// Draws on one frame of a copy.
class Pen {
 public:
  explicit Pen(cv::Mat& picture) : picture_(picture) {
    const double side = std::min(picture.cols, picture.rows);
    scale_ = std::max(0.35, side / 900);
    thick_ = std::max(3, static_cast<int>(std::lround(side / 150)));
  }

  /// The box's border lies within it.
  void box(const cv::Rect& place, const cv::Scalar& colour, bool is_thick) {
    const int width = is_thick ? thick_ : std::max(1, thick_ / 3);
    const cv::Rect inner(place.x + width, place.y + width, std::max(0, place.width - 2 * width),
                         std::max(0, place.height - 2 * width));
    const cv::Rect all(0, 0, picture_.cols, picture_.rows);
    const cv::Rect bars[] = {{place.x, place.y, place.width, width},
                             {place.x, inner.y + inner.height, place.width, width},
                             {place.x, place.y, width, place.height},
                             {inner.x + inner.width, place.y, width, place.height}};
    for (const cv::Rect& bar : bars) picture_(bar & place & all).setTo(colour);
  }

  /// White on `colour`, moved so that it begins within the picture. `below`: its upper left corner is `at`, else its
  /// lower left one.
  void label(cv::Point at, std::string words, const cv::Scalar& colour, bool below) {
    for (char& letter : words) {
      if (letter < ' ' || letter > '~') letter = '?';
    }
    int base = 0;
    const cv::Size text = cv::getTextSize(words, kFont, scale_, 1, &base);
    const cv::Size size(text.width + 2 * base, text.height + 2 * base);
    if (!below) at.y -= size.height;
    at.x = std::clamp(at.x, 0, std::max(0, picture_.cols - size.width));
    at.y = std::clamp(at.y, 0, std::max(0, picture_.rows - size.height));
    cv::rectangle(picture_, cv::Rect(at, size), colour, cv::FILLED);
    cv::putText(picture_, words, {at.x + base, at.y + base + text.height}, kFont, scale_, {255, 255, 255}, 1,
                cv::LINE_AA);
  }

 private:
  cv::Mat& picture_;
  double scale_;
  int thick_;
};

/// `of`: the size of the frame in which the boxes were seen.
void draw(const JudgedInput& input, const std::vector<VerdictMark>& marks, cv::Size of, cv::Mat& picture) {
  Pen pen(picture);
  const double to_x = static_cast<double>(picture.cols) / of.width;
  const double to_y = static_cast<double>(picture.rows) / of.height;
  const auto scaled = [](int value, double by) { return static_cast<int>(std::lround(value * by)); };
  pen.label({0, 0}, told(input.verdict, input.reason), colour_of(input.verdict), true);
  for (const VerdictMark& mark : marks) {
    const PersonVerdict& person = input.people[mark.person];
    const cv::Scalar& colour = colour_of(person.verdict);
    const cv::Rect place(scaled(mark.box.x, to_x), scaled(mark.box.y, to_y), scaled(mark.box.width, to_x),
                         scaled(mark.box.height, to_y));
    pen.box(place, colour, mark.score.has_value());
    const std::string number = std::to_string(person.track + 1);
    pen.label({place.x, place.y},
              number + ": " + told(person.verdict, person.reason) + " " + fixed_text(person.score, 2), colour, false);
    if (mark.score) pen.label({place.x, place.y + place.height}, "here " + fixed_text(*mark.score, 2), colour, true);
  }
}

/// In the copy's size, as OpenCV orders channels.
cv::Mat picture_of(const RgbImage& image, const CopyShape& shape) {
  cv::Mat bgr;
  cv::cvtColor(as_mat(image), bgr, cv::COLOR_RGB2BGR);
  // A video may change its size on the way; its boxes are where they were seen.
  if (bgr.size() != shape.shown) cv::resize(bgr, bgr, shape.shown, 0, 0, cv::INTER_AREA);
  return bgr;
}

}  // namespace

std::vector<std::string> verdict_video_names(std::span<const fs::path> files) {
  const std::size_t digits = std::max<std::size_t>(4, std::to_string(files.size()).size());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    std::string own = files[i].stem().native().substr(0, kMostName);
    std::ranges::replace_if(
        own, [](char letter) { return !is_harmless(letter); }, '_');
    names.push_back(std::string(digits - number.size(), '0') + number + "-" + own + ".mp4");
  }
  return names;
}

void require_verdict_videos(const fs::path& folder, std::span<const fs::path> files,
                            std::span<const std::string> names) {
  require_video_encoder("leave out --video");
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (fault) throw Error(ErrorKind::kFailed, folder.string() + ": can't be made: " + fault.message());
  require_writable(folder / names.front());
  const std::set<std::string> taken(names.begin(), names.end());
  for (const fs::path& file : files) {
    const fs::path parent = file.parent_path();
    const bool is_copy = taken.contains(file.filename().native());
    if (!is_copy || !fs::equivalent(parent.empty() ? "." : parent, folder, fault)) continue;
    throw Error(ErrorKind::kUsage, printable(file.native()) + ": is to be judged, and a copy of that name would take " +
                                       "its place; name another folder for the copies");
  }
}

bool has_verdict_video(const JudgedInput& input) { return input.frames > 1 && input.could_be_read(); }

bool write_verdict_video(const fs::path& video, const JudgedInput& input, const fs::path& target,
                         const DecoderOptions& decoder, const std::function<void()>& each) {
  cv::setNumThreads(1);  // the ranks are the parallelism
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(input.frames));
  std::iota(numbers.begin(), numbers.end(), 0u);
  MediaDecoder frames(decoder);
  frames.on_wait(each);
  frames.open(video, numbers);
  DurableFile file(target, std::to_string(::getpid()));
  const PutBytes put = [&](std::size_t offset, std::span<const std::byte> bytes) {
    const std::size_t old = offset < file.size() ? std::min(bytes.size(), file.size() - offset) : 0;
    file.write_at(offset, bytes.first(old));
    file.write(bytes.subspan(old));
  };
  VerdictMarks marks(input);
  std::optional<CopyShape> shape;
  std::optional<VideoWriter> writer;
  std::int64_t last = 0;
  while (const std::optional<DecodedFrame> frame = frames.next()) {
    const std::vector<VerdictMark> shown = marks.at(frame->frame);
    if (frame->read.status == FrameStatus::kOk) {
      const RgbImage& image = frame->read.image;
      std::int64_t time = 0;
      if (!shape) {
        shape = shape_of(input, image.width, image.height);
        writer.emplace(VideoForm{shape->coded.width, shape->coded.height, kTicksPerS, shape->picture_ticks, kVideoCrf,
                                 /*quick=*/true},
                       put);
      } else {
        const std::int64_t told =
            frame->time_us < 0 ? last + shape->picture_ticks
                               : frame->time_us / 1'000'000 * kTicksPerS +
                                     std::lround(static_cast<double>(frame->time_us % 1'000'000) * kTicksPerS / 1e6);
        time = std::clamp(told, last + 1, last + kMostTicks);
      }
      cv::Mat picture = picture_of(image, *shape);
      draw(input, shown, {image.width, image.height}, picture);
      cv::copyMakeBorder(picture, picture, 0, shape->coded.height - picture.rows, 0, shape->coded.width - picture.cols,
                         cv::BORDER_REPLICATE);
      writer->add(picture, time);
      last = time;
    }
    if (each) each();
  }
  if (!writer) return false;
  writer->finish();
  file.commit();
  return true;
}

}  // namespace unmask
