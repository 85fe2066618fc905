// An evaluation as a table for a paper (LaTeX, package booktabs): by video, AUC with its interval. Pure.
//
//   write_file_durably("table.tex", latex_table(evaluate_frames(frames, {})));
#pragma once

#include <string>
#include <vector>

#include "model/score/evaluation.h"

namespace unmask {

/// A whole tabular; per cent with one digit. Names are text: what LaTeX would read as its own is escaped.
std::string latex_table(const std::vector<EvaluationRow>& rows);

}  // namespace unmask
