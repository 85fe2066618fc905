#include "launch/run/joined_scores.h"

#include <cstdint>

namespace unmask {

std::vector<EvaluatedFrame> join_scores(const SampleList& samples, const std::vector<double>& scores) {
  std::vector<EvaluatedFrame> frames;
  std::size_t sample = 0;
  for (std::uint32_t store = 0; store < samples.stores(); ++store) {
    for (std::uint32_t row = 0; row < samples.store(store).size(); ++row) {
      EvaluatedFrame evaluated{samples.store(store).frame(row), std::nullopt};
      const bool scored = sample < samples.size() && samples[sample].store == store && samples[sample].row == row;
      if (scored) evaluated.score = scores.at(sample++);
      frames.push_back(std::move(evaluated));
    }
  }
  return frames;
}

}  // namespace unmask
