#include "data/synth/synth.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/synth/synth_plan.h"
#include "data/synth/synth_studio.h"
#include "data/video/video_writer.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kVideos = "videos";  // below `out`; the list of them:
constexpr const char* kVideoList = "clips.csv";
constexpr const char* kFinished = "synth.json";
constexpr const char* kUnfinished = "synth.unfinished";

std::vector<fs::path> list_files(const fs::path& folder) {
  std::error_code fault;
  if (!fs::is_directory(folder, fault)) {
    throw Error(ErrorKind::kUsage, "synth: " + folder.string() +
                                       ": no such folder of face photos and videos; name one "
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
    const auto made_with = marker.at("seed").get<std::uint64_t>();
    if (made_with != seed) other("seed " + std::to_string(made_with) + ", asked for is seed " + std::to_string(seed));
    if (marker.at("version") != kSynthVersion) other("another version of unmask");
    if (marker.at("faces") != faces) other("other face files");
    SynthReport report;
    report.videos = marker.at("videos"), report.frames = marker.at("frames");
    report.people = marker.at("people").get<std::vector<std::string>>();
    report.unused = marker.at("unused").get<std::vector<std::string>>();
    report.has_videos = marker.value("h264", false);
    report.was_finished = true;
    return report;
  } catch (const json::exception& fault) {
    throw Error(ErrorKind::kData, "synth: " + path + ": not a marker of a finished dataset (" + fault.what() +
                                      "); remove the folder and start again");
  }
}

/// Clears what an interrupted call left, and nothing that synth hasn't made.
void start_afresh(const fs::path& out) {
  const fs::path datasets = out / "datasets";
  fs::create_directories(datasets);
  const bool is_ours = fs::exists(datasets / kUnfinished) || fs::exists(datasets / kFinished);
  const fs::path made[] = {datasets / "base_deepfake", datasets / "augment_deepfake", out / kVideos, out / kVideoList};
  for (const fs::path& path : made) {
    if (is_ours || !fs::exists(path)) continue;
    throw Error(ErrorKind::kUsage,
                "synth: " + path.string() + ": is there and was not made by synth; name another folder");
  }
  write_file_durably(datasets / kUnfinished, "a call of unmask synth is at work here, or was stopped\n");
  fs::remove(datasets / kFinished);
  for (const fs::path& path : made) fs::remove_all(path);
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
  return {{"version", kSynthVersion}, {"seed", seed},
          {"faces", faces},           {"videos", report.videos},
          {"frames", report.frames},  {"videos_by_folder", videos},
          {"people", report.people},  {"identities", identities},
          {"unused", report.unused},  {"h264", report.has_videos}};
}

}  // namespace

SynthReport make_synth(const SynthOptions& options, const std::function<void(double done)>& progress) {
  const fs::path datasets = options.out / "datasets";
  std::vector<fs::path> files = list_files(options.faces);
  std::vector<std::string> unused;
  const std::string faces = digest_faces(options.faces, files, unused);
  if (std::optional<SynthReport> report = read_finished(datasets, options.seed, faces)) {
    if (report->has_videos || !options.videos) return *report;
  }

  if (options.videos) require_video_encoder("leave the videos out with --no-videos");
  start_afresh(options.out);
  cv::setNumThreads(1);
  synth::Studio studio{datasets, options.videos ? options.out / kVideos : "", options.seed,
                       synth::load_people(options.faces, files, std::max(1, options.threads))};
  SynthReport report;
  for (const synth::Person& person : studio.people.people) report.people.push_back(person.name);
  const synth::SynthPlan plan = synth::plan_synth(options.seed, report.people);
  synth::shoot_clips(studio, plan.clips, options.threads, progress);

  report.videos = static_cast<std::int64_t>(plan.clips.size());
  report.frames = report.videos * synth::kClipFrames;
  report.has_videos = options.videos;
  report.unused = std::move(unused);
  report.unused.insert(report.unused.end(), studio.people.unused.begin(), studio.people.unused.end());
  if (options.videos) write_file_durably(options.out / kVideoList, synth::video_list(plan.clips, kVideos));
  write_file_durably(datasets / kFinished, make_marker(report, options.seed, faces, plan.clips).dump(1) + "\n");
  fs::remove(datasets / kUnfinished);
  return report;
}

}  // namespace unmask
