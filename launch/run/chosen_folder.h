// RUN/chosen: the model that stands for the run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sweep/run/results.h"
#include "sweep/run/run_folder.h"

namespace unmask {

using Note = std::function<void(const std::string&)>;

/// The chosen trial's model, its config, its scores. Nothing if no trial has a result. With repeats it is the best
/// point's seed of the best train.select, and scores.json says so. Where that trial's weights are gone (it was none of
/// the keep_best best until more repeats made its point the best), what is there stays, and `note` is told.
void write_chosen(const RunFolder& folder, const std::vector<SweepTrial>& trials, const Note& note);

/// chosen/README.md: the model card (report/model_card.h). A convenience: `note` tells why it can't be made.
void write_model_card(const RunFolder& folder, const std::vector<SweepTrial>& trials, const Note& note);

/// The chosen model as PyTorch reads it, unless it is there. A convenience: `note` tells why it can't be made.
void write_state_dict(const RunFolder& folder, const Note& note);

}  // namespace unmask
