// Lists of datasets as anybody may have written them: JSON, CSV and text. Input: which list, then its bytes. A list is
// refused with a word, or names files below its folder. UNMASK_FUZZ_SEEDS=DIR writes seeds there.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "data/layouts/layout.h"
#include "data/printable.h"
#include "data/store_paths.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace unmask;
namespace fs = std::filesystem;

struct List {
  const char *layout, *file;  // below the tree
  bool is_root;               // the list itself stands for the tree
  const char* seed;
};
constexpr std::array<List, 6> kLists = {{
    {"csv", "list.csv", true,
     "path,label,dataset,method,compression,video,target,source,split\n"
     "a.mp4,real,mine,,c23,a,ann,,train\n\"b,1_07.png\",1,mine,swap,,b,ann,bob,val\n"},
    {"deepfakebench", "list.json", true,
     R"({"FF++":{"FF-real":{"train":{"c23":{"000":{"label":"FF-real","frames":["a\\b\\000.png"]}}}},)"
     R"("FF-DF":{"test":{"000_003":{"label":"FF-DF","frames":["x/1.png","x/2.png"]}}}}})"},
    {"dfdc", "metadata.json", false,
     R"({"a.mp4":{"label":"FAKE","split":"train","original":"b.mp4"},"b.mp4":{"label":"REAL","split":"train"}})"},
    {"dfdc", "dataset.json", false,
     R"({"a.mp4":{"label":"fake","target_id":12,"swapped_id":"7","set":"test"},"b.mp4":{"label":"real"}})"},
    {"celeb_df", "List_of_testing_videos.txt", false,
     "1 Celeb-real/id0_0000.mp4\r\n0 Celeb-synthesis/id0_id1_0000.mp4\n"},
    {"deeperforensics", "lists/splits/train.txt", false, "000_W001.mp4\n"},
}};

/// A tree that lists can name files of.
const fs::path& tree() {
  static const test_support::TemporaryFolder folder(test_support::TemporaryFolder::in_memory());
  static const bool made = [] {
    for (const char* name : {"a.mp4", "b.mp4", "Celeb-real/id0_0000.mp4", "Celeb-synthesis/id0_id1_0000.mp4",
                             "manipulated_videos/end_to_end/000_W001.mp4", "lists/splits/x"}) {
      fs::create_directories((folder.path() / name).parent_path());
      std::ofstream(folder.path() / name).put('x');
    }
    return true;
  }();
  (void)made;
  return folder.path();
}

void need(bool holds) {
  if (!holds) std::abort();
}

void check(const SourceEntry& source) {
  need(!source.file.empty() && source.file.is_relative());
  need(std::ranges::find(source.file, "..") == source.file.end());
  need(is_dataset_name(source.dataset) && source.label <= 1 && !source.video.empty());
  for (const std::string* text :
       {&source.method, &source.compression, &source.video, &source.target_identity, &source.source_identity}) {
    need(std::ranges::none_of(*text, [](unsigned char c) { return c < ' ' || c == 127; }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* seeds = std::getenv("UNMASK_FUZZ_SEEDS")) {
    for (std::size_t i = 0; i < kLists.size(); ++i) {
      std::string text = std::string(1, static_cast<char>(i)) + kLists[i].seed;
      std::ofstream(fs::path(seeds) / ("list" + std::to_string(i)), std::ios::binary) << text;
      if (const auto name = text.find(".mp4"); name != text.npos) text.replace(name - 1, 1, "../../x");
      if (const auto name = text.find("\\b"); name != text.npos) text.replace(name - 2, 1, "..");
      std::ofstream(fs::path(seeds) / ("outside" + std::to_string(i)), std::ios::binary) << text;
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const List& list = kLists[data[0] % kLists.size()];
  const fs::path file = tree() / list.file;
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(data) + 1, static_cast<long>(size - 1));
  try {
    for (const SourceEntry& source : named_layout(list.layout).list(list.is_root ? file : tree())) check(source);
  } catch (const Error& error) {
    need(error.kind() == ErrorKind::kData);
  }
  fs::remove(file);
  return 0;
}
