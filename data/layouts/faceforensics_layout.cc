#include "data/layouts/faceforensics_layout.h"

#include <algorithm>
#include <system_error>

#include "data/layouts/frame_name.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOriginals = "original_sequences", kFakes = "manipulated_sequences";

/// A folder <part>/<sequence>/<compression>: its labels stand for all that is in it.
struct Sequence {
  fs::path folder;  // below ROOT
  bool fake = false;
  std::string dataset, method, compression;
};

class Listing {
 public:
  explicit Listing(const fs::path& root) : root_(root) {}

  std::vector<SourceEntry> sources() {
    for (const bool fake : {false, true}) {
      const fs::path part(fake ? kFakes : kOriginals);
      for (const std::string& sequence : names_in(root_ / part)) add_sequence(part / sequence, sequence, fake);
    }
    return std::move(sources_);
  }

 private:
  void add_sequence(const fs::path& folder, const std::string& name, bool fake) {
    for (const std::string& compression : names_in(root_ / folder)) {
      if (compression == "masks") continue;
      const std::string method = fake ? small_letters(name) : "real";
      const bool actors = fake ? method == "deepfakedetection" : name == "actors";
      const Sequence sequence{folder / compression, fake, actors ? "deepfakedetection" : "faceforensics",
                              printable(method), printable(compression)};
      add_videos(sequence, folder / "masks" / "videos");
      add_images(sequence);
    }
  }

  void add_videos(const Sequence& sequence, const fs::path& masks) {
    const std::vector<std::string> has_mask = sequence.fake ? names_in(root_ / masks) : std::vector<std::string>();
    for (const std::string& name : names_in(root_ / sequence.folder / "videos")) {
      SourceEntry source = entry(sequence, stem_of(name));
      source.file = sequence.folder / "videos" / name;
      if (std::ranges::binary_search(has_mask, name)) source.mask = masks / name;
      sources_.push_back(std::move(source));
    }
  }

  /// Frames that its script extracted: images/<video>/0000.png.
  void add_images(const Sequence& sequence) {
    const fs::path images = sequence.folder / "images";
    for (const std::string& video : names_in(root_ / images)) {
      for (const std::string& name : names_in(root_ / images / video)) {
        SourceEntry source = entry(sequence, video);
        source.file = images / video / name;
        source.kind = SourceKind::kImage;
        source.frame = number_at_end(stem_of(name)).value_or(0);
        sources_.push_back(std::move(source));
      }
    }
  }

  static SourceEntry entry(const Sequence& sequence, std::string_view video) {
    SourceEntry source;
    source.label = sequence.fake ? 1 : 0;
    source.dataset = sequence.dataset;
    source.method = sequence.method;
    source.compression = sequence.compression;
    source.video = printable(video);
    VideoIdentities who = video_identities(video, sequence.fake);
    source.target_identity = std::move(who.target);
    source.source_identity = std::move(who.source);
    return source;
  }

  const fs::path& root_;
  std::vector<SourceEntry> sources_;
};

}  // namespace

LayoutMatch FaceForensicsLayout::match(const fs::path& root) const {
  std::error_code ignored;
  const bool originals = fs::is_directory(root / kOriginals, ignored), fakes = fs::is_directory(root / kFakes, ignored);
  return {originals || fakes, "original_sequences/ or manipulated_sequences/", originals || fakes ? "" : "neither"};
}

std::vector<SourceEntry> FaceForensicsLayout::list(const fs::path& root) const {
  std::vector<SourceEntry> sources = Listing(root).sources();
  finish_sources(root, sources);
  return sources;
}

}  // namespace unmask
