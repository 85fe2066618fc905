// chosen/README.md: what a model is, for those who get it without its run. A model card in Hugging Face's form: YAML in
// front, Markdown below, facts alone. Pure; nothing in it depends on time, host or the number of ranks.
//
//   ModelCard card{.name = "demo", .chosen = trial, .trials = 8};
//   card.preprocessing_json = model.metadata().at("preprocessing");
//   write_file_durably("chosen/README.md", model_card(card));
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sweep/run/results.h"

namespace unmask {

struct ModelCard {
  std::string name;               // of the run
  std::vector<std::string> tags;  // the config's
  SweepTrial chosen;
  std::size_t trials = 1;                     // that it was chosen from
  std::map<std::string, std::string> stores;  // fingerprints: "base.train" → hex
  // Of the model file's header, JSON; "" = not known.
  std::string model_json, preprocessing_json, calibration_json;
};

/// Names in it are text in YAML and in Markdown, whatever they hold.
std::string model_card(const ModelCard& card);

}  // namespace unmask
