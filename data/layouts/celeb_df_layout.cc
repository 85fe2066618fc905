#include "data/layouts/celeb_df_layout.h"

#include <array>
#include <map>
#include <sstream>
#include <system_error>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/layouts/layout_tree.h"
#include "data/printable.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kList[] = "List_of_testing_videos.txt";
constexpr std::size_t kMostListBytes = 16 << 20, kListOfV1 = 200;  // v1 lists 100 videos, v2 518
struct Folder {
  const char* name;
  bool fake;
};
constexpr std::array<Folder, 3> kFolders = {
    {{"Celeb-real", false}, {"YouTube-real", false}, {"Celeb-synthesis", true}}};

/// By path below ROOT: whether the list calls it real.
std::map<std::string, bool> test_videos(const fs::path& root) {
  std::map<std::string, bool> listed;
  const fs::path file = root / kList;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return listed;
  std::istringstream lines(read_text_file(file, kMostListBytes));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    if (line.size() < 3 || (line[0] != '0' && line[0] != '1') || line[1] != ' ') {
      throw Error(ErrorKind::kData, printable(file.native()) + ":" + std::to_string(number) +
                                        ": wanted \"1 FOLDER/VIDEO\" (1 = real) or \"0 FOLDER/VIDEO\", got \"" +
                                        printable(line) + "\"");
    }
    listed[line.substr(2)] = line[0] == '1';
  }
  return listed;
}

/// id0_id16_0003: target id0, source id16; id0_0003: id0; videos of YouTube-real are persons of their own.
void set_identities(SourceEntry& source, std::string_view stem, bool youtube) {
  const std::size_t first = stem.find('_'), last = stem.rfind('_');
  if (youtube || first == std::string_view::npos) {
    source.target_identity = printable(youtube ? "youtube-" + std::string(stem) : stem);
    return;
  }
  source.target_identity = printable(stem.substr(0, first));
  if (source.label == 1 && last > first) source.source_identity = printable(stem.substr(first + 1, last - first - 1));
}

}  // namespace

LayoutMatch CelebDfLayout::match(const fs::path& root) const {
  std::error_code ignored;
  for (const Folder& folder : kFolders) {
    if (fs::is_directory(root / folder.name, ignored)) return {true, "", ""};
  }
  return {false, "Celeb-real/, YouTube-real/, Celeb-synthesis/", "none of them"};
}

std::vector<SourceEntry> CelebDfLayout::list(const fs::path& root) const {
  const std::map<std::string, bool> tests = test_videos(root);
  const std::string dataset = tests.size() > kListOfV1 || tests.empty() ? "celeb_df_v2" : "celeb_df_v1";
  std::vector<SourceEntry> sources;
  for (const Folder& folder : kFolders) {
    for (const std::string& name : names_in(root / folder.name)) {
      if (!is_video_name(name)) continue;
      SourceEntry source;
      source.file = fs::path(folder.name) / name;
      source.label = folder.fake ? 1 : 0;
      source.dataset = dataset;
      source.method = folder.fake ? "celeb_df" : "real";
      source.video = printable(std::string(folder.name) + "/" + std::string(stem_of(name)));
      set_identities(source, stem_of(name), std::string_view(folder.name) == "YouTube-real");
      const auto test = tests.find(source.file.generic_string());
      if (test != tests.end() && test->second == folder.fake) {
        throw Error(ErrorKind::kData, printable((root / kList).native()) + ": calls " + printable(test->first) +
                                          (test->second ? " real" : " fake") +
                                          ", its folder says otherwise (in this list 1 means real)");
      }
      if (!tests.empty()) source.split = test == tests.end() ? Split::kTrain : Split::kTest;
      sources.push_back(std::move(source));
    }
  }
  finish_sources(root, sources);
  return sources;
}

}  // namespace unmask
