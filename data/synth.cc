#include "data/synth.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/synth_blend.h"
#include "data/synth_camera.h"
#include "data/synth_face.h"
#include "data/synth_paint.h"
#include "data/synth_photo.h"
#include "data/synth_plan.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;  // of the draws: another version draws other pictures from the same seed
constexpr const char* kFinished = "synth.json";
constexpr const char* kUnfinished = "synth.unfinished";

/// What one stream of a clip's draws is for.
enum Stream : std::uint32_t { kPerson, kScene, kPose, kFootage, kWarp, kBlend, kTremor, kCamera, kFrame };

std::vector<fs::path> list_files(const fs::path& folder) {
  std::error_code fault;
  if (!fs::is_directory(folder, fault)) {
    throw Error(ErrorKind::kUsage, "synth: " + folder.string() + ": no such folder of face photos and videos; name one "
                                   "with --faces (an empty folder gives drawn faces alone)");
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, fault)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".") && !entry.is_directory()) files.push_back(name);
  }
  if (fault) throw io_error(folder.string(), "list", fault.value());
  std::sort(files.begin(), files.end());
  return files;
}

/// Names and contents of the faces. Takes the files that are no regular ones out of the list.
std::string digest_faces(const fs::path& folder, std::vector<fs::path>& files, std::vector<std::string>& unused) {
  Digest128Stream stream;
  std::erase_if(files, [&](const fs::path& file) {
    try {
      const MappedFile bytes(folder / file);
      stream.update(file.string() + "\n" + to_hex(digest128(bytes.bytes())) + "\n");
      return false;
    } catch (const Error& fault) {
      unused.push_back(file.string() + ": " + fault.what());
      return true;
    }
  });
  return to_hex(stream.digest());
}

/// The report of a dataset that is finished and is the one asked for. THROWS Error(kUsage) if it is another one.
std::optional<SynthReport> read_finished(const fs::path& datasets, std::uint64_t seed, const std::string& faces) {
  if (!fs::exists(datasets / kFinished)) return std::nullopt;
  const std::string path = (datasets / kFinished).string();
  try {
    const json marker = json::parse(read_text_file(path, 1 << 20));
    const auto other = [&](const std::string& what) {
      throw Error(ErrorKind::kUsage, "synth: " + path + ": holds a dataset of " + what +
                                     "; name another folder, or remove this one first");
    };
    const auto its_seed = marker.at("seed").get<std::uint64_t>();
    if (its_seed != seed) other("seed " + std::to_string(its_seed) + ", asked for is seed " + std::to_string(seed));
    if (marker.at("version") != kVersion) other("another version of unmask");
    if (marker.at("faces") != faces) other("other face files");
    SynthReport report;
    report.videos = marker.at("videos"), report.frames = marker.at("frames");
    report.unused = marker.at("unused").get<std::vector<std::string>>();
    report.was_finished = true;
    return report;
  } catch (const json::exception& fault) {
    throw Error(ErrorKind::kData, "synth: " + path + ": not a marker of a finished dataset (" + fault.what() +
                                  "); remove the folder and start again");
  }
}

/// Clears what an interrupted call left, and nothing that synth hasn't made.
void start_afresh(const fs::path& datasets) {
  fs::create_directories(datasets);
  for (const char* name : {"base_deepfake", "augment_deepfake"}) {
    if (!fs::exists(datasets / name)) continue;
    if (!fs::exists(datasets / kUnfinished)) {
      throw Error(ErrorKind::kUsage, "synth: " + (datasets / name).string() +
                                     ": is there and was not made by synth; name another folder");
    }
    fs::remove_all(datasets / name);
  }
  write_file_durably(datasets / kUnfinished, "a call of unmask synth is at work here, or was stopped\n");
}

class Studio {
 public:
  Studio(fs::path datasets, std::uint64_t seed, const synth::People& people)
      : datasets_(std::move(datasets)), seed_(seed), people_(people) {}

  void shoot(const synth::Clip& clip) const {
    Draws camera_draws = draws(kCamera, clip.number), blend_draws = draws(kBlend, clip.number);
    const synth::Camera camera = synth::draw_camera(camera_draws, clip.look);
    const synth::Blend blend = clip.fake ? synth::draw_blend(blend_draws, clip.family) : synth::Blend{};
    const auto picture = plates(clip);
    for (int number = 0; number < synth::kClipFrames; ++number) {
      const auto n = static_cast<std::uint32_t>(number);
      cv::Mat plate = picture(number);
      Draws tremor = draws(kTremor, clip.number, n), frame = draws(kFrame, clip.number, n);
      if (clip.fake) plate = synth::blend_face(plate, blend, tremor);
      char suffix[16];
      std::snprintf(suffix, sizeof suffix, "_%03d.jpg", number);
      write(datasets_ / clip.folder / (clip.name + suffix), synth::take_frame(plate, camera, number, frame));
    }
  }

 private:
  Draws draws(Stream stream, std::uint32_t a, std::uint32_t b = 0) const {
    return Draws(seed_, DrawFor::kSynth, a, b, stream);
  }

  /// The clip's plates before blending, by frame number.
  std::function<cv::Mat(int)> plates(const synth::Clip& clip) const {
    if (clip.person < 0) {
      Draws person = draws(kPerson, clip.drawn);
      const synth::DrawnFace face = synth::draw_face(person);
      std::vector<cv::Mat> poses;
      for (const std::uint32_t pose : {0u, 1u}) {
        poses.push_back(synth::paint_face(face, draws(kScene, clip.number), draws(kPose, clip.number, pose)));
      }
      return [poses](int number) { return poses[static_cast<std::size_t>(number) % poses.size()]; };
    }
    const auto& footage = people_.people[static_cast<std::size_t>(clip.person)].footage;
    Draws choice = draws(kFootage, clip.number);
    const auto& chosen = footage[choice.below(static_cast<std::uint32_t>(footage.size()))];
    const synth::PhotoClip photo(chosen, choice, synth::kClipFrames);
    return [this, photo, clip](int number) {
      return photo.plate(number, draws(kWarp, clip.number, static_cast<std::uint32_t>(number)));
    };
  }

  static void write(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw io_error(path.string(), "write", errno);
  }

  fs::path datasets_;
  std::uint64_t seed_;
  const synth::People& people_;
};

void shoot_all(const Studio& studio, const std::vector<synth::Clip>& clips, int threads,
               const std::function<void(double)>& progress) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t finished = 0;
  std::exception_ptr fault;
  const auto work = [&] {
    for (std::size_t i = next++; i < clips.size(); i = next++) {
      try {
        studio.shoot(clips[i]);
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

json make_marker(const SynthReport& report, std::uint64_t seed, const std::string& faces,
                 const std::vector<synth::Clip>& clips) {
  std::map<std::string, std::set<std::string>> identities;
  std::map<std::string, int> videos;
  for (const synth::Clip& clip : clips) {
    const std::string bare = clip.fake ? clip.name.substr(5) : clip.name;  // without swap_ or part_
    const std::string split = clip.folder.substr(0, clip.folder.find(clip.fake ? "fake/frames" : "real/frames"));
    identities[split].insert(bare.substr(0, bare.find('_')));
    ++videos[clip.folder];
  }
  return {{"version", kVersion},         {"seed", seed},         {"faces", faces},
          {"videos", report.videos},     {"frames", report.frames}, {"videos_by_folder", videos},
          {"identities", identities},    {"unused", report.unused}};
}

}  // namespace

SynthReport make_synth(const SynthOptions& options, const std::function<void(double done)>& progress) {
  const fs::path datasets = options.out / "datasets";
  std::vector<fs::path> files = list_files(options.faces);
  std::vector<std::string> unused;
  const std::string faces = digest_faces(options.faces, files, unused);
  if (std::optional<SynthReport> report = read_finished(datasets, options.seed, faces)) return *report;

  cv::setNumThreads(1);
  start_afresh(datasets);
  const synth::People people = synth::load_people(options.faces, files, std::max(1, options.threads));
  std::vector<std::string> names;
  for (const synth::Person& person : people.people) names.push_back(person.name);
  const synth::SynthPlan plan = synth::plan_synth(options.seed, names);
  for (const synth::Clip& clip : plan.clips) fs::create_directories(datasets / clip.folder);
  shoot_all(Studio(datasets, options.seed, people), plan.clips, options.threads, progress);

  SynthReport report;
  report.videos = static_cast<std::int64_t>(plan.clips.size());
  report.frames = report.videos * synth::kClipFrames;
  report.people = names;
  report.unused = std::move(unused);
  report.unused.insert(report.unused.end(), people.unused.begin(), people.unused.end());
  write_file_durably(datasets / kFinished, make_marker(report, options.seed, faces, plan.clips).dump(1) + "\n");
  fs::remove(datasets / kUnfinished);
  return report;
}

}  // namespace unmask
