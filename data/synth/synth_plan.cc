#include "data/synth/synth_plan.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "base/philox.h"

namespace unmask::synth {
namespace {

struct Dataset {
  const char* name;
  CameraLook look;
  double part_share;  // of fakes; the others swap
  // Folders of FaceForensics++'s tree, whose layout makes two datasets of actors in a studio and people of YouTube.
  const char *originals, *fakes;
};
constexpr Dataset kDatasets[] = {{"base", CameraLook::kStudio, .2, "actors", "DeepFakeDetection"},
                                 {"augment", CameraLook::kWeb, 1, "youtube", "Face2Face"}};

struct SplitSize {
  Split split;
  const char* folder;
  std::uint32_t drawn_pairs, photo_pairs, drawn_people;
};
constexpr SplitSize kSplits[] = {{Split::kTrain, "", 160, 60, 80},
                                 {Split::kVal, "val/", 45, 30, 45},
                                 {Split::kCalibration, "calibration/", 25, 5, 25}};

std::vector<std::uint32_t> shuffled(std::uint32_t count, Draws draws) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, draws);
  return order;
}

std::string numbered(const char* format, std::uint32_t number) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

}  // namespace

std::vector<Split> split_people(std::size_t people) {
  std::vector<Split> splits(people, Split::kTrain);
  const std::size_t val = people < 2 ? 0 : std::max<std::size_t>(1, people * 2 / 5);
  const std::size_t calibration = people < 8 ? 0 : people / 10 + 1;
  std::fill_n(splits.begin(), val, Split::kVal);
  std::fill_n(splits.rbegin(), calibration, Split::kCalibration);
  return splits;
}

SynthPlan plan_synth(std::uint64_t seed, const std::vector<std::string>& people) {
  SynthPlan plan;
  plan.split_of_person = split_people(people.size());
  std::uint32_t next_drawn = 0, stream = 0;
  for (const Dataset& dataset : kDatasets) {
    std::uint32_t all_clips = 0, clip = 0;
    for (const SplitSize& size : kSplits) all_clips += 2 * (size.drawn_pairs + size.photo_pairs);
    // Clips are numbered in a shuffled order, so that a number says nothing about label or split.
    const std::vector<std::uint32_t> numbers = shuffled(all_clips, Draws(seed, DrawFor::kSynth, stream, 0, 100));
    for (const SplitSize& size : kSplits) {
      std::vector<int> here;
      for (std::size_t i = 0; i < people.size(); ++i) {
        if (plan.split_of_person[i] == size.split) here.push_back(static_cast<int>(i));
      }
      const std::uint32_t pairs = size.drawn_pairs + size.photo_pairs,
                          photo_pairs = here.empty() ? 0 : size.photo_pairs;
      Draws families(seed, DrawFor::kSynth, stream++, 0, 101);
      for (std::uint32_t pair = 0; pair < pairs; ++pair) {
        for (const bool fake : {false, true}) {
          Clip c;
          c.fake = fake, c.look = dataset.look;
          c.family = families.chance(dataset.part_share) ? BlendFamily::kPart : BlendFamily::kSwap;
          if (pair < photo_pairs) {
            c.person = here[pair % here.size()];
          } else {
            c.drawn = next_drawn + pair % size.drawn_people;
          }
          c.number = static_cast<std::uint32_t>(plan.clips.size());
          const std::string who =
              c.person >= 0 ? people[static_cast<std::size_t>(c.person)] : numbered("d%03u", c.drawn);
          const char* method = !fake ? "" : c.family == BlendFamily::kSwap ? "swap_" : "part_";
          const std::string bare = who + numbered("_%04u", numbers[clip++]);
          c.name = method + bare;
          c.dataset = dataset.name, c.identity = who, c.split = size.split;
          const std::string sequence = fake ? std::string("manipulated_sequences/") + dataset.fakes
                                            : std::string("original_sequences/") + dataset.originals;
          c.video = sequence + "/c23/videos/" + bare + ".mp4";
          if (fake) c.mask = sequence + "/masks/videos/" + bare + ".mp4";
          c.folder = std::string(dataset.name) + "_deepfake/" + size.folder + (fake ? "fake" : "real") + "/frames";
          plan.clips.push_back(std::move(c));
        }
      }
      next_drawn += size.drawn_people;
    }
  }
  return plan;
}

std::string video_list(const std::vector<Clip>& clips, const std::string& folder) {
  std::string list = "path,label,dataset,method,compression,video,target,source,split\n";
  for (const Clip& clip : clips) {
    const std::string video = clip.video.substr(clip.video.rfind('/') + 1);
    const char* method = !clip.fake ? "real" : clip.family == BlendFamily::kSwap ? "swap" : "part";
    list += folder + "/" + clip.video + (clip.fake ? ",fake," : ",real,") + clip.dataset + "," + method + ",c23," +
            video.substr(0, video.rfind('.')) + "," + clip.identity + "," + (clip.fake ? clip.identity : "") + "," +
            std::string(to_word(clip.split)) + "\n";
  }
  return list;
}

}  // namespace unmask::synth
