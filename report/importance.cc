#include "report/importance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include <opencv2/ml.hpp>

namespace unmask {
namespace {

constexpr int kRepeats = 10, kFolds = 5, kTrees = 60, kShuffles = 3;

struct Table {
  cv::Mat features;         // [trials, columns] float
  cv::Mat objective;        // [trials, 1] float
  std::vector<int> points;  // [trials]: what stays together
  std::vector<int> begins;  // [keys + 1]: a key's columns
};

/// A number is one column on the scale of its range, below all others where the trial hasn't the key; a choice is a
/// column of 0 or 1 for each of its values. (OpenCV's own categories throw at a value that no learned trial has.)
std::vector<float> columns_of(const SpaceKey& key, const SpacePoint& point) {
  const auto found = std::ranges::find(point, key.key, [](const auto& pair) { return pair.first; });
  const bool has = found != point.end();
  if (key.kind == SpaceKey::Kind::kChoice) {
    std::vector<float> columns;
    for (const std::string& choice : key.choices) columns.push_back(has && found->second == choice ? 1.0f : 0.0f);
    return columns;
  }
  const bool log = key.kind == SpaceKey::Kind::kLogUniform;
  const auto scaled = [&](double value) { return log ? std::log(value) : value; };
  const double low = scaled(key.low), high = scaled(key.high);
  return {static_cast<float>(has ? scaled(std::stod(found->second)) : low - (high - low))};
}

Table table_of(const std::vector<SpaceKey>& space, const std::vector<SweepTrial>& trials) {
  Table table;
  std::map<int, const SweepTrial*> by_id;
  for (const SweepTrial& trial : trials) by_id[trial.record.id] = &trial;
  for (const RankedTrial& one : ranked(trials)) {
    if (!one.value) continue;
    std::vector<float> row;
    table.begins.clear();
    for (const SpaceKey& key : space) {
      table.begins.push_back(static_cast<int>(row.size()));
      const std::vector<float> columns = columns_of(key, by_id.at(one.id)->record.point);
      row.insert(row.end(), columns.begin(), columns.end());
    }
    table.begins.push_back(static_cast<int>(row.size()));
    table.features.push_back(cv::Mat(row, true).reshape(1, 1));
    table.objective.push_back(static_cast<float>(*one.value));
    table.points.push_back(one.point);
  }
  return table;
}

cv::Mat rows_of(const cv::Mat& all, const std::vector<int>& rows) {
  cv::Mat some;
  for (const int row : rows) some.push_back(all.row(row));
  return some;
}

cv::Ptr<cv::ml::RTrees> forest_of(const Table& table, const std::vector<int>& rows, std::uint64_t seed) {
  const auto data =
      cv::ml::TrainData::create(rows_of(table.features, rows), cv::ml::ROW_SAMPLE, rows_of(table.objective, rows));
  const auto forest = cv::ml::RTrees::create();
  forest->setMaxDepth(8);
  forest->setMinSampleCount(2);
  forest->setActiveVarCount(table.features.cols);  // few columns: each tree may use all, on trials of its own
  forest->setTermCriteria({cv::TermCriteria::MAX_ITER, kTrees, 0});
  cv::setRNGSeed(static_cast<int>(seed));  // of this thread
  forest->train(data);
  return forest;
}

double squared_error(const cv::ml::RTrees& forest, const cv::Mat& features, const cv::Mat& wanted) {
  double sum = 0;
  for (int i = 0; i < features.rows; ++i) {
    const double off = forest.predict(features.row(i)) - wanted.at<float>(i);
    sum += off * off;
  }
  return sum;
}

/// Fold of each trial: points are dealt out in a shuffled order.
std::vector<int> folds_of(const std::vector<int>& points, std::mt19937& draws) {
  std::vector<int> order = points;
  std::ranges::sort(order);
  order.erase(std::unique(order.begin(), order.end()), order.end());
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws() % i]);
  std::map<int, int> fold;
  for (std::size_t i = 0; i < order.size(); ++i) fold[order[i]] = static_cast<int>(i) % kFolds;
  std::vector<int> folds;
  for (const int point : points) folds.push_back(fold.at(point));
  return folds;
}

/// The features with the columns of one key in another order of trials.
cv::Mat shuffled_key(const cv::Mat& features, int begin, int end, std::mt19937& draws) {
  cv::Mat shuffled = features.clone();
  std::vector<int> order(static_cast<std::size_t>(features.rows));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws() % i]);
  for (int row = 0; row < features.rows; ++row)
    features.row(order[static_cast<std::size_t>(row)])
        .colRange(begin, end)
        .copyTo(shuffled.row(row).colRange(begin, end));
  return shuffled;
}

/// One cross-validation: the error of the forest, and how it rises with each key shuffled, both summed over trials.
struct Errors {
  double plain = 0;
  std::vector<double> rise;  // [keys]
};

Errors cross_validate(const Table& table, int repeat) {
  std::mt19937 draws(static_cast<std::uint32_t>(repeat));  // its sequence is fixed by the C++ standard
  const std::vector<int> folds = folds_of(table.points, draws);
  Errors errors{0, std::vector<double>(table.begins.size() - 1)};
  for (int fold = 0; fold < kFolds; ++fold) {
    std::vector<int> learned, held;
    for (int i = 0; i < table.features.rows; ++i)
      (folds[static_cast<std::size_t>(i)] == fold ? held : learned).push_back(i);
    if (held.empty() || learned.empty()) continue;
    const auto forest = forest_of(table, learned, static_cast<std::uint64_t>(repeat * kFolds + fold + 1));
    const cv::Mat features = rows_of(table.features, held), wanted = rows_of(table.objective, held);
    const double plain = squared_error(*forest, features, wanted);
    errors.plain += plain;
    for (std::size_t key = 0; key < errors.rise.size(); ++key) {
      for (int shuffle = 0; shuffle < kShuffles; ++shuffle) {
        const cv::Mat shuffled = shuffled_key(features, table.begins[key], table.begins[key + 1], draws);
        errors.rise[key] += (squared_error(*forest, shuffled, wanted) - plain) / kShuffles;
      }
    }
  }
  return errors;
}

}  // namespace

Importance parameter_importance(const std::vector<SpaceKey>& space, const std::vector<SweepTrial>& trials) {
  Importance importance;
  if (space.empty()) return importance;
  const Table table = table_of(space, trials);
  importance.trials = table.features.rows;
  if (importance.trials < kFewestTrials) return importance;
  cv::Scalar mean, deviation;
  cv::meanStdDev(table.objective, mean, deviation);
  const double variance = deviation[0] * deviation[0] * importance.trials;  // summed over trials, like the errors
  if (!(variance > 0)) return importance;
  std::vector<std::vector<double>> rises(space.size());
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const Errors errors = cross_validate(table, repeat);
    importance.explained += (1 - errors.plain / variance) / kRepeats;
    for (std::size_t key = 0; key < space.size(); ++key) rises[key].push_back(errors.rise[key] / variance);
  }
  for (std::size_t key = 0; key < space.size(); ++key) {
    const double middle = std::accumulate(rises[key].begin(), rises[key].end(), 0.0) / kRepeats;
    double squares = 0;
    for (const double rise : rises[key]) squares += (rise - middle) * (rise - middle);
    importance.keys.push_back({space[key].key, middle, std::sqrt(squares / (kRepeats - 1))});
  }
  std::ranges::stable_sort(importance.keys, std::ranges::greater(), &KeyImportance::mean);
  return importance;
}

}  // namespace unmask
