#include "report/model_card.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "data/printable.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;

/// One line that turns no direction: line ends and marks of direction that are valid UTF-8 are written out, too.
std::string plain(const std::string& text) {
  std::string result;
  const std::string clean = printable(text);
  for (std::size_t at = 0; at < clean.size(); ++at) {
    const std::string_view rest(clean.data() + at, clean.size() - at);
    const auto byte = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0; };
    const bool mark = (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F || byte(2) >= 0xA8) &&
                       byte(2) <= 0xAE) ||
                      (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) ||
                      (byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) ||
                      (byte(0) == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE);
    if (!mark) {
      result += clean[at];
      continue;
    }
    constexpr char kHex[] = "0123456789abcdef";
    for (std::size_t i = 0; i < 3; ++i) result += {'\\', 'x', kHex[byte(i) >> 4], kHex[byte(i) & 15]};
    at += 2;
  }
  return result;
}

/// In double quotes, where YAML takes what JSON does.
std::string yaml(const std::string& text) { return ordered_json(plain(text)).dump(); }

/// Marks of Markdown and HTML by their numbers, which no reader takes for marks.
std::string markdown(const std::string& text) {
  std::string result;
  const std::string clean = plain(text);
  const auto in_word = [&](std::size_t i) {
    return i < clean.size() && std::isalnum(static_cast<unsigned char>(clean[i]));
  };
  for (std::size_t at = 0; at < clean.size(); ++at) {
    const char letter = clean[at];
    const bool joins = letter == '_' && at > 0 && in_word(at - 1) && in_word(at + 1);  // video_auc
    if (joins || std::string_view("\\`*_{}[]<>#|&~!:@$\"").find(letter) == std::string_view::npos) {
      result += letter;
    } else {
      result += "&#" + std::to_string(static_cast<int>(letter)) + ";";
    }
  }
  return result;
}

std::string markdown_list(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : ", ") + markdown(text);
  return result;
}

std::string row(std::initializer_list<std::string> cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

bool trained_on(const TrialBrief& brief, const std::string& dataset) {
  return std::ranges::find(brief.train, dataset) != brief.train.end();
}

std::string metric_type(std::string_view score) {
  if (score.ends_with("_auc")) return "roc_auc";
  return score == "frame_accuracy" ? "accuracy" : std::string(score);
}

/// The scores of the best epoch on val, then those on data.test; nothing where there are none.
std::vector<std::pair<DatasetScores, std::string>> all_scores(const TrialRecord& record) {
  std::vector<std::pair<DatasetScores, std::string>> all;
  const auto best = std::ranges::find(record.history, record.best_epoch, &EpochRow::epoch);
  if (best != record.history.end()) {
    for (const DatasetScores& scores : best->val) all.emplace_back(scores, "val");
  }
  for (const DatasetScores& scores : record.test) all.emplace_back(scores, "test");
  return all;
}

std::string front_matter(const ModelCard& card, const std::string& name) {
  std::string text =
      "---\nlibrary_name: unmask\npipeline_tag: image-classification\n"
      "tags:\n- deepfake-detection\n- face-manipulation\n";
  for (const std::string& tag : card.tags) text += "- " + yaml(tag) + "\n";
  const auto scored = all_scores(card.chosen.record);
  if (scored.empty()) return text + "---\n\n";
  text += "model-index:\n- name: " + yaml(name) + "\n  results:\n";
  for (const auto& [scores, split] : scored) {
    text +=
        "  - task:\n      type: image-classification\n      name: real or manipulated face\n"
        "    dataset:\n      name: " +
        yaml(scores.dataset) + "\n      type: " + yaml(scores.dataset) + "\n      split: " + split + "\n    metrics:\n";
    for (const ScoreKind& kind : kScores) {
      const std::optional<double>& value = scores.*kind.member;
      if (!value) continue;
      // A number without a point would be read as text or an integer (1e-05).
      text += "    - type: " + metric_type(kind.name) + "\n      name: " + kind.name +
              "\n      value: " + ordered_json(*value).dump() + "\n";
    }
  }
  return text + "---\n\n";
}

std::string training_table(const ModelCard& card) {
  const auto& [record, brief] = card.chosen;
  std::string text = row({"training", ""}) + "|---|---|\n";
  if (card.trials > 1)
    text += row({"chosen", trial_name(record.id) + " of " + std::to_string(card.trials) + " trials"});
  const ordered_json model = ordered_json::parse(card.model_json, nullptr, false);
  if (model.is_object()) {
    for (const auto& [key, value] : model.items())
      text += row({markdown(key), markdown(value.is_string() ? value.get<std::string>() : value.dump())});
  }
  text += row({"trained on", markdown_list(brief.train)});
  text += row({"first weights", markdown(brief.init)});
  text += row({"seed", std::to_string(brief.seed)});
  text += row({"epoch", std::to_string(record.best_epoch) + ", the best by " + markdown(brief.select) + " of " +
                            std::to_string(brief.epochs)});
  for (const auto& [key, value] : record.point) text += row({markdown(key) + " (varied)", markdown(value)});
  for (const auto& [store, digest] : card.stores) text += row({"fingerprint of " + markdown(store), markdown(digest)});
  for (const std::string& numerics : record.numerics) text += row({"numerics class", markdown(numerics)});
  return text + "\nEvery option stands in `config.toml` beside this file.\n\n";
}

std::string scores_table(const ModelCard& card) {
  const auto scored = all_scores(card.chosen.record);
  std::string text = "## Scores\n\n";
  if (scored.empty()) return text + "None.\n\n";
  std::string header = "| dataset | split | trained on |", line = "|---|---|---|";
  for (const ScoreKind& kind : kScores) {
    header += std::string(" ") + kind.name + " |";
    line += "---|";
  }
  text += header + "\n" + line + "\n";
  for (const auto& [scores, split] : scored) {
    text += "| " + markdown(scores.dataset) + " | " + split + " | " +
            (trained_on(card.chosen.brief, scores.dataset) ? "yes" : "no") + " |";
    for (const ScoreKind& kind : kScores) {
      const std::optional<double>& value = scores.*kind.member;
      text += " " + (value ? fixed_text(*value, 4) : "-") + " |";
    }
    text += "\n";
  }
  return text +
         "\nOf the best epoch, taken from the run's ledger; in full precision in `scores.json`. `val` of the datasets "
         "that it was trained on also chose the epoch" +
         (card.trials > 1 ? " and the trial" : "") + "; `test` was scored once, at the end.\n\n";
}

std::string preprocessing_table(const ModelCard& card) {
  std::string text =
      "## Input\n\nRGB face crops, divided by 255, less the means 0.485, 0.456, 0.406, divided by "
      "the deviations 0.229, 0.224, 0.225. Output 1 (softmax over two) is \"manipulated\"; a video's score is the mean "
      "of its frames'. The crops were made so (other crops, other scores):\n\n";
  const ordered_json json = ordered_json::parse(card.preprocessing_json, nullptr, false);
  if (!json.is_object()) return text + "not known.\n\n";
  text += row({"crops", ""}) + "|---|---|\n";
  for (const auto& [key, value] : json.items())
    text += row({markdown(key), markdown(value.is_string() ? value.get<std::string>() : value.dump())});
  return text + "\n";
}

std::string limits(const ModelCard& card) {
  const TrialRecord& record = card.chosen.record;
  const TrialBrief& brief = card.chosen.brief;
  std::string text = "## Limits\n\n";
  const auto scored = all_scores(record);
  const bool elsewhere =
      std::ranges::any_of(scored, [&](const auto& one) { return !trained_on(brief, one.first.dataset); });
  text += "- It was trained on " + markdown_list(brief.train) + " alone; " +
          (elsewhere ? "the table says what it is worth on datasets that it was not trained on.\n"
                     : "it was scored on no other dataset, so nothing here says what it is worth elsewhere.\n");
  if (record.test.empty()) text += "- It was scored on no test split: every score above was also selected on.\n";
  text += card.calibration_json.empty()
              ? "- Uncalibrated: its output ranks faces and videos, it is no probability.\n"
              : "- Calibrated on the videos that its file tells of; elsewhere its probabilities may be off.\n";
  if (brief.allows_leaks) text += std::string("- ") + kLeaksText + ".\n";
  if (record.numerics.size() > 1)
    text += "- Trained on machines of several numerics classes: another run may give other last digits.\n";
  return text + "\n";
}

}  // namespace

std::string model_card(const ModelCard& card) {
  const std::string name = card.name.empty() ? "unmask detector" : card.name;
  std::string text = front_matter(card, name) + "# " + markdown(name) + "\n\n";
  if (card.chosen.brief.init == "random")
    text +=
        "> **Random start**: this network began with random weights, not with those of a network that had seen many "
        "pictures. Such a detector says little about other videos.\n\n";
  text += "A network that tells manipulated faces from real ones, one crop at a time.\n\n" + training_table(card) +
          scores_table(card) + preprocessing_table(card) + limits(card);
  return text +
         "## Again\n\n```\nunmask train config.toml --run again          # the same bits in the same numerics class\n"
         "unmask evaluate model.safetensors STORE...    # its scores on crops of `unmask prepare`\n```\n";
}

}  // namespace unmask
