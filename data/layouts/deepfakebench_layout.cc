#include "data/layouts/deepfakebench_layout.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "data/layouts/frame_name.h"
#include "data/layouts/json_list.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// What the keys above a video say.
struct Place {
  std::string dataset, label, compression;
  Split split = Split::kTrain;
};

class Listing {
 public:
  explicit Listing(const fs::path& file) : file_(file) {}

  std::vector<SourceEntry> sources() {
    const nlohmann::json list = read_json_list(file_);
    for (const auto& [dataset, labels] : object(list, "the file").items()) {
      for (const auto& [label, splits] : object(labels, dataset).items()) {
        for (const auto& [split, videos] : object(splits, label).items())
          add_split({dataset_name(dataset), label, "", split_of(split)}, object(videos, split));
      }
    }
    return std::move(sources_);
  }

 private:
  const nlohmann::json& object(const nlohmann::json& json, const std::string& where) const {
    if (!json.is_object()) {
      throw Error(ErrorKind::kData, printable(file_.native()) + ": " + printable(where) +
                                        ": wanted an object (dataset, label, split, video)");
    }
    return json;
  }

  Split split_of(const std::string& word) const {
    const auto split = from_word<Split>(word);
    if (!split)
      throw Error(ErrorKind::kData, printable(file_.native()) + ": unknown split \"" + printable(word) + "\"");
    return *split;
  }

  void add_split(Place place, const nlohmann::json& videos) {
    for (const auto& [name, facts] : videos.items()) {
      if (object(facts, name).contains("frames")) {
        add_video(place, name, facts["frames"]);
        continue;
      }
      Place compressed = place;
      compressed.compression = name;
      for (const auto& [video, inner] : facts.items()) {
        if (!object(inner, video).contains("frames"))
          throw Error(ErrorKind::kData, printable(file_.native()) + ": " + printable(video) + ": has no \"frames\"");
        add_video(compressed, video, inner["frames"]);
      }
    }
  }

  void add_video(const Place& place, const std::string& video, const nlohmann::json& frames) {
    const bool fake = small_letters(place.label).find("real") == std::string::npos;
    if (!frames.is_array())
      throw Error(ErrorKind::kData, printable(file_.native()) + ": " + printable(video) + ": \"frames\" is no list");
    for (std::size_t i = 0; i < frames.size(); ++i) {
      SourceEntry source;
      std::string path = frames[i].is_string() ? frames[i].get<std::string>() : "";
      std::ranges::replace(path, '\\', '/');  // of lists that were made on Windows
      source.file = path_below(file_, path);
      source.kind = SourceKind::kImage;
      source.label = fake ? 1 : 0;
      source.dataset = place.dataset;
      source.method = fake ? printable(small_letters(place.label)) : "real";
      source.compression = printable(place.compression);
      source.video = printable(video);
      source.frame = number_at_end(stem_of(source.file.filename().native())).value_or(static_cast<std::uint32_t>(i));
      VideoIdentities who = video_identities(video, fake);
      source.target_identity = std::move(who.target);
      source.source_identity = std::move(who.source);
      source.split = place.split;
      sources_.push_back(std::move(source));
    }
  }

  fs::path file_;
  std::vector<SourceEntry> sources_;
};

}  // namespace

LayoutMatch DeepfakeBenchLayout::match(const fs::path& root) const {
  std::error_code ignored;
  const bool fits = fs::is_regular_file(root, ignored) && suffix_of(root.filename().native()) == "json";
  return {fits, "a JSON file", fits ? "" : "no such file"};
}

std::vector<SourceEntry> DeepfakeBenchLayout::list(const fs::path& root) const {
  std::vector<SourceEntry> sources = Listing(root).sources();
  finish_sources(root, sources);
  return sources;
}

}  // namespace unmask
