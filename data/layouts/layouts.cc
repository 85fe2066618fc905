#include <array>

#include "base/error.h"
#include "data/layouts/celeb_df_layout.h"
#include "data/layouts/csv_layout.h"
#include "data/layouts/deeperforensics_layout.h"
#include "data/layouts/deepfakebench_layout.h"
#include "data/layouts/dfdc_layout.h"
#include "data/layouts/faceforensics_layout.h"
#include "data/layouts/layout.h"
#include "data/layouts/plain_layout.h"
#include "data/layouts/published_layout.h"
#include "data/printable.h"

namespace unmask {
namespace {

const PublishedLayout kPublished;
const FaceForensicsLayout kFaceForensics;
const CelebDfLayout kCelebDf;
const DfdcLayout kDfdc;
const DeeperForensicsLayout kDeeperForensics;
const CsvLayout kCsv;
const DeepfakeBenchLayout kDeepfakeBench;
const PlainLayout kPlain;
// A list that somebody wrote counts more than the tree beside it.
const std::array<const Layout*, 8> kLayouts = {&kCsv,     &kDeepfakeBench, &kPublished,       &kFaceForensics,
                                               &kCelebDf, &kDfdc,          &kDeeperForensics, &kPlain};

/// "1,000"
std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string count_text(std::size_t count, SourceKind kind) {
  const std::string noun = kind == SourceKind::kVideo ? "video" : kind == SourceKind::kImage ? "picture" : "crop";
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

/// The folders that all of the sources are in.
std::filesystem::path common_folder(std::span<const SourceEntry> sources) {
  std::filesystem::path common = sources.front().file.parent_path();
  for (const SourceEntry& source : sources) {
    std::filesystem::path both;
    const std::filesystem::path folder = source.file.parent_path();
    for (auto a = common.begin(), b = folder.begin(); a != common.end() && b != folder.end() && *a == *b; ++a, ++b)
      both /= *a;
    common = both;
  }
  return common;
}

}  // namespace

std::span<const Layout* const> all_layouts() { return kLayouts; }

const Layout& named_layout(std::string_view name) {
  std::string known;
  for (const Layout* layout : all_layouts()) {
    if (layout->name() == name) return *layout;
    known += (known.empty() ? "" : ", ") + std::string(layout->name());
  }
  throw Error(ErrorKind::kUsage, "no layout is called \"" + printable(name) + "\"; known are " + known);
}

const Layout& recognise_layout(const std::filesystem::path& root) {
  std::string looked;
  for (const Layout* layout : all_layouts()) {
    const LayoutMatch match = layout->match(root);
    if (match.fits) return *layout;
    looked += "\n  " + std::string(layout->name()) + ": looked for " + match.looked_for + ", found " + match.found;
  }
  throw Error(ErrorKind::kData, printable(root.native()) + ": this tree fits no layout that is known:" + looked +
                                    "\nA CSV file with the columns path and label describes any tree "
                                    "(docs/dataset_layouts.md)");
}

std::vector<std::string> labels_said(std::span<const SourceEntry> sources) {
  std::vector<std::string> lines;
  const auto same = [](const SourceEntry& a, const SourceEntry& b) {
    return a.dataset == b.dataset && a.label == b.label && a.method == b.method && a.compression == b.compression;
  };
  while (!sources.empty()) {
    std::size_t count = 1;
    while (count < sources.size() && same(sources[count], sources.front())) ++count;
    const SourceEntry& first = sources.front();
    const std::filesystem::path folder = common_folder(sources.first(count));
    lines.push_back(std::string(first.label == 1 ? "fake: " : "real: ") +
                    (folder.empty() ? first.method : printable(folder.native())) + ", " +
                    count_text(count, first.kind) + " (dataset " + first.dataset + ")");
    sources = sources.subspan(count);
  }
  return lines;
}

}  // namespace unmask
