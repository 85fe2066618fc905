// Names as strangers may choose them: a table of videos, a line each, cells between tabs. What a split promises must
// hold for all of them. Input: flags, seed, then the table. UNMASK_FUZZ_SEEDS=DIR writes seeds there.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "data/split/split_plan.h"
#include "tests/data/split/split_videos.h"

namespace {

using namespace unmask;

constexpr const char* kTable =
    "r\treal\t000\t000\t\toriginal_sequences/youtube/c23/videos/000.mp4\n"
    "f\tdeepfakes\t000_003\t000\t003\t\n"
    "r\treal\t01__walking\t01\t\t\n"
    "f\tdeepfakedetection\t01_02__walking__A\t01\t02\t\n"
    "f\tdfdc\tabc\tdef\t\tdfdc_train_part_36/abc.mp4\n"
    "r\treal\tid1_0000\tid1\t\tCeleb-real/id1_0000.mp4\n"
    "f\tceleb\tid1_id2_0000\tid1\tid2\tCeleb-synthesis/id1_id2_0000.mp4\n";

std::vector<SplitVideo> videos_of(const std::string& text) {
  std::vector<SplitVideo> videos;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && videos.size() < 300;) {
    std::istringstream cells(line);
    std::string kind;
    SplitVideo video;
    std::getline(cells, kind, '\t');
    std::getline(cells, video.method, '\t');
    std::getline(cells, video.video, '\t');
    std::getline(cells, video.target_identity, '\t');
    std::getline(cells, video.source_identity, '\t');
    std::getline(cells, video.source, '\t');
    video.label = kind.find('f') != kind.npos;
    video.published = kind.find('t') != kind.npos ? Split::kTest : Split::kTrain;
    video.rows = 2, video.crops = kind.find('0') == kind.npos;
    videos.push_back(video);
  }
  return videos;
}

void need(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* seeds = std::getenv("UNMASK_FUZZ_SEEDS")) {
    for (const char flags : {'\0', '\1', '\2', '\3', '\6', '\x0b'}) {
      std::ofstream(std::string(seeds) + "/table" + std::to_string(flags), std::ios::binary) << flags << 's' << kTable;
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  SplitOptions options;
  options.by = static_cast<SplitBy>(data[0] & 3);
  options.leave_out_crossing = (data[0] & 4) != 0;
  options.calibration = (data[0] & 8) != 0 ? 0.2 : 0;
  options.seed = data[1];
  const std::string dataset = (data[0] & 16) != 0 ? "celeb-df" : "base";
  const std::vector<SplitVideo> videos = videos_of({reinterpret_cast<const char*>(data) + 2, size - 2});
  try {
    const SplitPlan plan = plan_split(dataset, videos, options);
    need(plan.splits.size() == videos.size());
    if (options.by == SplitBy::kIdentity) need(test::recurring(videos, plan.splits).empty());
    auto of_train = plan.splits;
    for (auto& split : of_train) {
      if (split == Split::kVal || split == Split::kTest) split = std::nullopt;
    }
    if (options.by == SplitBy::kIdentity || options.calibration > 0) {
      const bool by_hand = options.by == SplitBy::kPublished;  // a published calibration split is what it is
      need(by_hand || test::recurring(videos, of_train).empty());
    }
    need(plan_split(dataset, videos, options).splits == plan.splits);
  } catch (const Error&) {
  }
  return 0;
}
