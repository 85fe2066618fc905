#include "data/prepare/prepare_join.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/prepare/prepare_advice.h"
#include "data/prepare/prepare_problems.h"
#include "data/prepare/preprocessing.h"
#include "data/store/crop_store.h"
#include "data/store/crop_views.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSplits = {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest};

fs::path store_of(const PreparePlan& plan, std::size_t dataset) {
  return prepared_path(plan.listing.options.stores, plan.listing.datasets[dataset].name);
}

fs::path problems_file(const PreparePlan& plan, std::size_t dataset) {
  return store_of(plan, dataset).replace_extension(".problems.csv");
}

/// In the order of their rows.
std::vector<fs::path> parts_of(const PreparePlan& plan, std::size_t dataset) {
  std::vector<fs::path> parts;
  for (const PrepareUnit& unit : plan.units) {
    if (unit.dataset == dataset) parts.push_back(part_file(plan, unit));
  }
  return parts;
}

/// Calls `read` on a part; its faults are told with what to do.
template <typename Read>
auto with_part(const fs::path& part, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    throw Error(ErrorKind::kData, std::string(error.what()) + ". The part " + printable(part.filename().native()) +
                                      " is missing or damaged: all ranks must see the same files and write to the same "
                                      "folder; the same command makes the part anew");
  }
}

std::vector<std::uint64_t> record_bytes_of_all(const std::vector<fs::path>& parts) {
  std::vector<std::uint64_t> bytes;
  for (const fs::path& part : parts) bytes.push_back(with_part(part, [&] { return record_bytes_of(part); }));
  return bytes;
}

bool has_view(const PreparePlan& plan, const PrepareDataset& dataset) {
  std::error_code ignored;
  return std::ranges::any_of(kSplits, [&](Split split) {
    return fs::exists(store_path(plan.listing.options.stores, dataset.name, split), ignored);
  });
}

/// Parts of any plan; and parts and marks of stores as they were before there was prepared.crops.
void remove_leftovers(const PreparePlan& plan, const PrepareDataset& dataset) {
  fs::remove_all(parts_folder(plan.listing, dataset));
  for (const Split split : kSplits) {
    const fs::path store = store_path(plan.listing.options.stores, dataset.name, split);
    fs::remove_all(fs::path(store).replace_extension(".parts"));
    fs::remove(fs::path(store) += ".plan");
  }
}

}  // namespace

DatasetJoin::DatasetJoin(const PreparePlan& plan, std::size_t dataset)
    : plan_(plan),
      dataset_(dataset),
      parts_(parts_of(plan, dataset)),
      record_bytes_(record_bytes_of_all(parts_)),
      join_(store_of(plan, dataset), record_bytes_) {}

std::string DatasetJoin::text() const {
  std::string text;
  for (const std::uint64_t bytes : record_bytes_) text += std::to_string(bytes) + ' ';
  return text + '\n' + join_.temporary().native();
}

void DatasetJoin::finish() {
  const PrepareDataset& dataset = plan_.listing.datasets[dataset_];
  const std::string preprocessing = preprocessing_of(plan_.listing, dataset);
  PrepareProblems problems;
  for (const fs::path& part : parts_) {
    if (with_part(part, [&] { return CropStore(part).preprocessing_json(); }) != preprocessing) {
      throw Error(ErrorKind::kData, printable(part.native()) +
                                        ": this part was made by another detector than rank "
                                        "zero's: all ranks must run the same program");
    }
    problems.add_all(read_problems(problems_of_part(part)));
  }
  // An older store's mark goes first: it must not be believed of the new one.
  fs::remove(plan_file(plan_.listing, dataset));
  join_.finish(parts_, preprocessing);
  write_problems(problems_file(plan_, dataset_), problems);
  write_published_views(plan_.listing.options.stores, dataset.name);
  write_file_durably(plan_file(plan_.listing, dataset), dataset.digest + "\n");
}

void copy_parts(const PreparePlan& plan, std::size_t dataset, const std::string& text, int rank, int world) {
  std::vector<std::uint64_t> bytes;
  const std::size_t end = text.find('\n');
  std::istringstream numbers(text.substr(0, end));
  for (std::uint64_t number = 0; numbers >> number;) bytes.push_back(number);
  const std::vector<std::uint64_t> offsets = join_offsets(bytes);
  const fs::path temporary = text.substr(end + 1);
  for (const std::size_t index : units_of_rank(plan, rank, world)) {
    const PrepareUnit& unit = plan.units[index];
    if (unit.dataset != dataset) continue;
    const fs::path part = part_file(plan, unit);
    with_part(part, [&] { copy_records(temporary, part, offsets.at(unit.number)); });
  }
}

std::map<std::string, PrepareCounts> close_prepared(const PreparePlan& plan) {
  std::map<std::string, PrepareCounts> counts;
  for (std::size_t i = 0; i < plan.listing.datasets.size(); ++i) {
    const PrepareDataset& dataset = plan.listing.datasets[i];
    with_advice(plan, [&] {
      if (!has_view(plan, dataset)) write_published_views(plan.listing.options.stores, dataset.name);
      remove_leftovers(plan, dataset);
    });
    counts.merge(count_rows(CropStore(store_of(plan, i)), read_problems(problems_file(plan, i))));
  }
  return counts;
}

std::map<std::string, PrepareCounts> join_prepared(const PreparePlan& plan) {
  for (std::size_t i = 0; i < plan.listing.datasets.size(); ++i) {
    if (plan.listing.datasets[i].done) continue;
    with_advice(plan, [&] {
      DatasetJoin join(plan, i);
      copy_parts(plan, i, join.text(), 0, 1);
      join.finish();
    });
  }
  return close_prepared(plan);
}

}  // namespace unmask
