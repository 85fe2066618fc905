// Draws the ROC curves of an epoch's scores, a line a dataset, as a PNG. Equal arguments give equal bytes.
//
//   const std::string png = roc_picture("demo, epoch 3", std::array{roc_line("base", scores)});
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/score/metrics.h"

namespace unmask {

struct RocLine {
  std::string dataset;
  std::vector<RocPoint> points;  // rates from (0, 0) to (1, 1); none with one class
  std::optional<double> auc;     // of the same scores
};

/// By crop. A step where scores are equal is one slanted piece, as in the AUC.
RocLine roc_line(const std::string& dataset, std::span<const Scored> scores);

/// THROWS std::exception where memory is short.
std::string roc_picture(const std::string& title, std::span<const RocLine> lines);

}  // namespace unmask
