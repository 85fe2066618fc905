#include "report/verdict_page.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "report/page_template.h"
#include "report/verdict_page_files.h"

namespace unmask {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Of a text once it is in the page, where "<" takes six (report/page_template.h).
std::size_t page_bytes(const std::string& text) {
  return text.size() + 5 * static_cast<std::size_t>(std::ranges::count(text, '<'));
}

double to_digits(double value, double scale) { return std::round(value * scale) / scale; }

/// What --json has of an input, without its faces and what is the same for all.
std::string facts_of(const JudgedInput& input, const VerdictOptions& options) {
  const Json all = Json::parse(verdict_json(input, options, ""));
  Json facts;
  for (const char* key : {"input", "verdict", "reason", "status", "problem", "duration_s", "frames", "people"})
    facts[key] = all.at(key);
  return text_of(facts);
}

std::string timeline_of(const JudgedInput& input) {
  Json faces = Json::array();
  for (const ScoredFace& face : input.faces) {
    faces.push_back({face.track, face.frame, nullptr, to_digits(face.score, 1e4)});
    if (face.time_us >= 0) faces.back()[2] = to_digits(static_cast<double>(face.time_us) / 1e6, 1e3);
  }
  return text_of(faces);
}

std::string pictures_of(const JudgedInput& input) {
  Json pictures = Json::array();
  for (const TellingFace& telling : input.telling) {
    pictures.push_back({{"face", telling.face},
                        {"for_fake", telling.for_fake},
                        {"picture", telling.picture},
                        {"columns", telling.heat.columns},
                        {"heat", telling.heat.values}});
  }
  return text_of(pictures);
}

Json parsed(const std::map<std::string, std::string>& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? Json() : Json::parse(found->second, nullptr, /*allow_exceptions=*/false);
}

Json json_of(const JudgingModel& model, const VerdictOptions& options) {
  Json json = {{"name", model.name}, {"digest", model.digest}};
  for (const char* key : {"model", "trained", "preprocessing", "calibration", "familiarity"}) {
    json[key] = parsed(model.metadata, key);
    if (json[key].is_discarded()) json[key] = nullptr;
  }
  json["threshold"] = options.threshold;
  json["fpr"] = options.fpr ? Json(*options.fpr) : Json();
  json["prior"] = options.prior;
  json["least_faces"] = options.least_faces;
  json["least_box_px"] = options.least_box_px;
  return json;
}

}  // namespace

VerdictPage::VerdictPage(JudgingModel model, VerdictOptions options, std::size_t most_bytes)
    : model_(std::move(model)), options_(std::move(options)), most_bytes_(most_bytes) {}

void VerdictPage::add(const JudgedInput& input) {
  double score = -1;
  for (const PersonVerdict& person : input.people) score = std::max(score, person.score);
  const std::size_t number = inputs_++;
  ++verdicts_[std::string(to_word(input.verdict))];
  std::array<std::string, kParts>& texts = texts_[number];
  texts[kInputs] = facts_of(input, options_);
  if (!input.faces.empty()) texts[kTimelines] = timeline_of(input);
  if (!input.telling.empty()) texts[kPictures] = pictures_of(input);
  for (std::size_t part = 0; part < kParts; ++part) {
    bytes_ += page_bytes(texts[part]);
    if (!texts[part].empty()) by_score_[part].insert({score, -static_cast<std::ptrdiff_t>(number)});
  }
  leave_out_what_is_too_much();
}

void VerdictPage::leave_out_what_is_too_much() {
  for (std::size_t part = 0; part < kParts; ++part) {
    while (bytes_ > most_bytes_ && !by_score_[part].empty()) {
      const auto number = static_cast<std::size_t>(-by_score_[part].begin()->second);
      by_score_[part].erase(by_score_[part].begin());
      std::string& text = texts_.at(number)[part];
      bytes_ -= page_bytes(text);
      text = std::string();  // its memory, too
      ++left_out_[part];
      if (part == kInputs) texts_.erase(number);
    }
  }
}

std::string VerdictPage::html() const {
  const Json counts = {
      {"pictures", left_out_[kPictures]}, {"timelines", left_out_[kTimelines]}, {"inputs", left_out_[kInputs]}};
  std::string json = R"({"format":"unmask.verdicts.1","model":)" + text_of(json_of(model_, options_)) +
                     ",\"verdicts\":" + text_of(Json(verdicts_)) + ",\"left_out\":" + text_of(counts) + ",\"inputs\":[";
  std::string_view comma;
  for (const auto& [number, texts] : texts_) {
    json += comma;
    json += "[" + texts[kInputs] + "," + (texts[kTimelines].empty() ? "null" : texts[kTimelines]) + "," +
            (texts[kPictures].empty() ? "null" : texts[kPictures]) + "]";
    comma = ",";
  }
  json += "]}";
  return filled_page(verdict_page_files::kPage, json,
                     {{"STYLE", verdict_page_files::kStyle}, {"SCRIPT", verdict_page_files::kScript}});
}

}  // namespace unmask
