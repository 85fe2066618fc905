// make_tiny_videos DIR PAIRS: DIR/real and DIR/fake with so many H.264 clips of 5 frames each: the first that the
// demonstration's dataset has, of drawn people. Equal arguments give equal bytes.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "data/synth/synth_studio.h"

int main(int argc, char** argv) {
  using namespace unmask::synth;
  namespace fs = std::filesystem;
  if (argc != 3) {
    std::cerr << "usage: make_tiny_videos DIR PAIRS\n";
    return 2;
  }
  const fs::path folder = argv[1], made = folder / "made";
  std::vector<Clip> clips = plan_synth(7, {}).clips;  // real and fake of a person stand side by side
  clips.resize(2 * std::stoul(argv[2]));
  shoot_clips({made / "frames", made / "videos", 7, {}}, clips, 1, nullptr);
  for (const Clip& clip : clips) {
    const fs::path from = made / "videos" / clip.video, to = folder / (clip.fake ? "fake" : "real");
    fs::create_directories(to);
    fs::rename(from, to / from.filename());
  }
  fs::remove_all(made);
  return 0;
}
