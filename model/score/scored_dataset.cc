#include "model/score/scored_dataset.h"

#include <numeric>

#include "base/error.h"
#include "model/score/video_index.h"

namespace unmask {

ScoredDataset open_scored_dataset(const std::filesystem::path& stores, const std::string& name, Split split,
                                  const OpenStore& open) {
  ScoredDataset dataset{name, SampleList(stores, std::span(&name, 1), split, open), {}, {}, {}};
  if (dataset.samples.size() == 0) {
    throw Error(ErrorKind::kData, "dataset " + name + ", split " + to_word(split) + ": no crop to score");
  }
  dataset.all.resize(dataset.samples.size());
  std::iota(dataset.all.begin(), dataset.all.end(), 0u);
  dataset.video_of = video_indices(dataset.samples);
  dataset.fingerprint = dataset.samples.fingerprint();
  return dataset;
}

}  // namespace unmask
