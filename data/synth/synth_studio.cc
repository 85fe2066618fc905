#include "data/synth/synth_studio.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <mutex>
#include <thread>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "data/synth/synth_face.h"
#include "data/video/video_writer.h"

namespace unmask::synth {
namespace {

namespace fs = std::filesystem;

/// What one stream of a clip's draws is for.
enum Stream : std::uint32_t { kPerson, kScene, kPose, kFootage, kWarp, kBlend, kTremor, kCamera, kFrame };

Draws draws_of(const Studio& studio, Stream stream, std::uint32_t a, std::uint32_t b = 0) {
  return Draws(studio.seed, DrawFor::kSynth, a, b, stream);
}

/// Share of the altered copy from which a pixel counts as altered.
constexpr double kMasked = 0.1;

/// The clip's plates before blending, by frame number.
std::function<cv::Mat(int)> make_plates(const Studio& studio, const Clip& clip) {
  if (clip.person < 0) {
    Draws person = draws_of(studio, kPerson, clip.drawn);
    const DrawnFace face = draw_face(person);
    std::vector<cv::Mat> poses;
    for (const std::uint32_t pose : {0u, 1u}) {
      poses.push_back(
          paint_face(face, draws_of(studio, kScene, clip.number), draws_of(studio, kPose, clip.number, pose)));
    }
    return [poses](int number) { return poses[static_cast<std::size_t>(number) % poses.size()]; };
  }
  const std::vector<Footage>& footage = studio.people.people[static_cast<std::size_t>(clip.person)].footage;
  Draws choice = draws_of(studio, kFootage, clip.number);
  const Footage& chosen = footage[choice.below(static_cast<std::uint32_t>(footage.size()))];
  const PhotoClip photo(chosen, choice, kClipFrames);
  return [&studio, photo, number_of_clip = clip.number](int number) {
    return photo.plate(number, draws_of(studio, kWarp, number_of_clip, static_cast<std::uint32_t>(number)));
  };
}

void write_bytes(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw io_error(path.string(), "write", errno);
}

void shoot(const Studio& studio, const Clip& clip) {
  Draws camera_draws = draws_of(studio, kCamera, clip.number), blend_draws = draws_of(studio, kBlend, clip.number);
  const Camera camera = draw_camera(camera_draws, clip.look);
  const Blend blend = clip.fake ? draw_blend(blend_draws, clip.family) : Blend{};
  const auto plates = make_plates(studio, clip);
  std::vector<cv::Mat> pictures, masks;
  for (int number = 0; number < kClipFrames; ++number) {
    const auto n = static_cast<std::uint32_t>(number);
    cv::Mat plate = plates(number);
    Draws tremor = draws_of(studio, kTremor, clip.number, n), frame = draws_of(studio, kFrame, clip.number, n);
    if (clip.fake) plate = blend_face(plate, blend, tremor);
    char suffix[24];
    std::snprintf(suffix, sizeof suffix, "_%03d.jpg", number);
    if (clip.fake) masks.push_back(take_mask(blend.mask > kMasked, camera, number, frame));
    pictures.push_back(take_picture(plate, camera, number, frame));
    write_bytes(studio.datasets / clip.folder / (clip.name + suffix), jpeg_file(pictures.back(), camera));
  }
  if (studio.videos.empty()) return;
  write_bytes(studio.videos / clip.video, video_file(pictures, kVideoCrf));
  if (clip.fake) write_bytes(studio.videos / clip.mask, video_file(masks, kVideoCrf));
}

}  // namespace

void shoot_clips(const Studio& studio, const std::vector<Clip>& clips, int threads,
                 const std::function<void(double)>& progress) {
  cv::setNumThreads(1);
  for (const Clip& clip : clips) {
    fs::create_directories(studio.datasets / clip.folder);
    if (studio.videos.empty()) continue;
    fs::create_directories((studio.videos / clip.video).parent_path());
    if (clip.fake) fs::create_directories((studio.videos / clip.mask).parent_path());
  }
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t finished = 0;
  std::exception_ptr fault;
  const auto work = [&] {
    for (std::size_t i = next++; i < clips.size(); i = next++) {
      try {
        shoot(studio, clips[i]);
        const std::lock_guard lock(mutex);
        ++finished;
        if (progress) progress(static_cast<double>(finished) / static_cast<double>(clips.size()));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
        next = clips.size();
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < std::max(1, threads); ++t) workers.emplace_back(work);
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace unmask::synth
