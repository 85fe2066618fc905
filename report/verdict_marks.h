// Which boxes a judged video's copy shows in each of its frames. Pure.
//
//   const VerdictMarks marks(input);
//   for (const VerdictMark& mark : marks.at(frame)) draw(mark.box, input.people[mark.person]);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/score/verdict.h"

namespace unmask {

struct VerdictMark {
  std::size_t person = 0;       // of input.people
  FaceBox box;                  // in pixels of the video
  std::optional<double> score;  // of the face, where this very frame was judged
};

class VerdictMarks {
 public:
  /// Of a video that was judged. REQUIRES: `input` outlives it.
  explicit VerdictMarks(const JudgedInput& input);
  /// A mark a person who is known to be there, by track. Between two judged frames at most 2 s apart the box moves
  /// evenly; elsewhere it stands for 1 s before and after a judged one. REQUIRES: frames are asked for in order.
  std::vector<VerdictMark> at(std::uint32_t frame);

 private:
  struct Person {
    std::vector<const ScoredFace*> faces;  // in the order of frames
    std::size_t next = 0;                  // the first one after the frame that was asked for last
  };
  double frames_a_second_;
  std::vector<Person> people_;
};

}  // namespace unmask
