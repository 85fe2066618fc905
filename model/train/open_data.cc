#include "model/train/open_data.h"

#include <utility>

#include "base/fault_point.h"
#include "data/load/shard_plan.h"

namespace unmask {
namespace {

constexpr std::size_t kMostNumbers = 4;  // of lists: a trial goes on in its epoch, or to the next

/// The value of `key`, made where it isn't there.
template <class Map, class Make>
typename Map::mapped_type& known(Map& map, typename Map::key_type key, Make make) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : map.emplace(std::move(key), make()).first->second;
}

/// The same of a map that stays small.
template <class Map, class Make>
typename Map::mapped_type known_lately(Map& map, typename Map::key_type key, Make make) {
  if (map.size() >= kMostNumbers && !map.contains(key)) map.clear();
  return known(map, std::move(key), [&] { return std::make_shared<const std::vector<std::uint32_t>>(make()); });
}

}  // namespace

std::shared_ptr<const CropStore> OpenData::open(const std::filesystem::path& file) {
  return known(stores_, file, [&] {
    fault_point("open a store");
    return std::make_shared<const CropStore>(file);
  });
}

std::shared_ptr<const TrainSamples> OpenData::train(const DataOptions& data, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  // Seeds share the samples unless their labels are shuffled.
  const auto drawn_from = data.permute_labels ? std::optional(seed) : std::nullopt;
  const std::vector<std::string> datasets = drawn_datasets(data);
  return known(train_, {data.stores, datasets, drawn_from}, [&] {
    SampleList samples(data.stores, datasets, Split::kTrain, [&](const auto& file) { return open(file); });
    if (data.permute_labels) samples.permute_labels(seed);
    const Digest128 fingerprint = samples.fingerprint();
    return std::make_shared<const TrainSamples>(TrainSamples{std::move(samples), fingerprint});
  });
}

std::shared_ptr<const ScoredDataset> OpenData::scored(const std::filesystem::path& stores, const std::string& dataset,
                                                      Split split) {
  const std::lock_guard lock(mutex_);
  return known(scored_, {stores, dataset, split}, [&] {
    return std::make_shared<const ScoredDataset>(
        open_scored_dataset(stores, dataset, split, [&](const auto& file) { return open(file); }));
  });
}

OpenData::Numbers OpenData::subset(std::uint32_t n, double ratio, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  return known_lately(subsets_, {n, ratio, seed}, [&] { return plan_subset(n, ratio, seed); });
}

OpenData::Numbers OpenData::order(std::uint32_t n, std::uint64_t seed, std::uint32_t epoch) {
  const std::lock_guard lock(mutex_);
  return known_lately(orders_, {n, seed, epoch}, [&] { return plan_order(n, seed, epoch); });
}

void OpenData::forget() {
  const std::lock_guard lock(mutex_);
  stores_.clear();
  train_.clear();
  scored_.clear();
  subsets_.clear();
  orders_.clear();
}

}  // namespace unmask
