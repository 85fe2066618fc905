// A layout: how a public dataset, or a user's folder, lays out its videos, and what names and lists tell of them. One
// file pair a layout, one line each in layouts.cc. The rules in prose: docs/dataset_layouts.md.
//
//   const Layout& layout = recognise_layout(root);  // or named_layout("celeb_df_v2")
//   for (const SourceEntry& source : layout.list(root)) …
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/sample.h"

namespace unmask {

enum class SourceKind : std::uint8_t {
  kVideo,   // a video file
  kImage,   // a picture: a video of one frame, or one frame of a video whose frames are files (SourceEntry::frame)
  kNpyCrop  // a face crop of the published work: an array of uint8 [h, w, 3]
};

/// A file that a layout found by names and lists; nobody has opened it yet.
struct SourceEntry {
  std::filesystem::path file;  // below ROOT
  SourceKind kind = SourceKind::kVideo;
  std::uint8_t label = 0;                                                             // 1 = fake
  std::string dataset, method, compression, video, target_identity, source_identity;  // as in FrameInfo
  std::uint32_t frame = 0;     // of an image: its number in the video
  std::optional<Split> split;  // where the layout says one
  std::filesystem::path mask;  // FaceForensics++: the video of the same length that shows who was altered; "" if none
};

/// What a tree looks like to a layout: `fits`, or what was looked for and what was found ("no metadata.json").
struct LayoutMatch {
  bool fits = false;
  std::string looked_for, found;
};

class Layout {
 public:
  virtual ~Layout() = default;
  virtual std::string_view name() const = 0;  // "faceforensics", "dfdc"; what `prepare.layout` takes
  /// Looks at a few names. Never throws for what is missing.
  virtual LayoutMatch match(const std::filesystem::path& root) const = 0;
  /// All sources, sorted by (dataset, label, method, file) bytes: the file system's order plays no role.
  /// THROWS Error(kData) with file and line or key, what was wanted, and what to do.
  virtual std::vector<SourceEntry> list(const std::filesystem::path& root) const = 0;
};

/// All layouts, in the order in which a tree is held against them: the special before the general.
std::span<const Layout* const> all_layouts();
/// THROWS Error(kUsage) naming the known ones.
const Layout& named_layout(std::string_view name);
/// The first that fits. THROWS Error(kData) with what each looked for and what was found.
const Layout& recognise_layout(const std::filesystem::path& root);

/// What is said aloud before the work: "fake: manipulated_sequences/Deepfakes, 1,000 videos", a line for each
/// (dataset, method, compression).
std::vector<std::string> labels_said(std::span<const SourceEntry> sources);

}  // namespace unmask
