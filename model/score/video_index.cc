#include "model/score/video_index.h"

#include <map>
#include <string>
#include <tuple>

namespace unmask {

std::vector<std::uint32_t> video_indices(const SampleList& samples) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::uint32_t> known;
  std::vector<std::uint32_t> indices;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const FrameInfo frame = samples.frame(i);
    const auto next = static_cast<std::uint32_t>(known.size());
    indices.push_back(
        known.try_emplace({frame.dataset, frame.method, frame.compression, frame.video}, next).first->second);
  }
  return indices;
}

}  // namespace unmask
