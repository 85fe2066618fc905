#include "model/score/verdict.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number_text.h"
#include "base/table_text.h"
#include "model/score/optional_json.h"

namespace unmask {
namespace {

constexpr double kUsualRate = 0.01;

double mean_score(std::span<const ScoredFace> faces) {
  double sum = 0;
  for (const ScoredFace& face : faces) sum += face.score;
  return sum / static_cast<double>(faces.size());
}

/// Of an even number the upper one.
template <typename Value, typename ValueOf>
Value median(std::span<const ScoredFace> faces, ValueOf value_of) {
  std::vector<Value> values;
  for (const ScoredFace& face : faces) values.push_back(value_of(face));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double seconds(std::int64_t time_us) { return static_cast<double>(std::max<std::int64_t>(time_us, 0)) / 1e6; }

std::map<std::uint32_t, std::vector<ScoredFace>> by_track(std::span<const ScoredFace> faces) {
  std::map<std::uint32_t, std::vector<ScoredFace>> people;
  for (const ScoredFace& face : faces) people[face.track].push_back(face);
  return people;
}

std::string interval_text(const std::optional<Interval>& interval) {
  return interval ? fixed_text(interval->low, 3) + " to " + fixed_text(interval->high, 3) : "-";
}

nlohmann::ordered_json json_of(const PersonVerdict& person) {
  return {{"track", person.track},
          {"verdict", to_word(person.verdict)},
          {"reason", person.reason},
          {"score", person.score},
          {"interval", json_or_null(person.interval)},
          {"faces", person.faces},
          {"first_s", person.first_s},
          {"last_s", person.last_s},
          {"box_px", person.box_px},
          {"llr", json_or_null(person.llr)},
          {"probability", json_or_null(person.probability)},
          {"sharpness", person.sharpness},
          {"distance", json_or_null(person.distance)}};
}

Verdict verdict_from(const nlohmann::json& json) {
  const auto word = json.get<std::string>();
  if (const auto verdict = from_word<Verdict>(word)) return *verdict;
  throw Error(ErrorKind::kFailed, "a rank's verdict can't be read: there is none called \"" + word + "\"");
}

PersonVerdict person_from(const nlohmann::json& json) {
  return PersonVerdict{.track = json.at("track"),
                       .faces = json.at("faces"),
                       .first_s = json.at("first_s"),
                       .last_s = json.at("last_s"),
                       .box_px = json.at("box_px"),
                       .score = json.at("score"),
                       .sharpness = json.at("sharpness"),
                       .distance = optional_number(json.at("distance")),
                       .interval = optional_interval(json.at("interval")),
                       .llr = optional_number(json.at("llr")),
                       .probability = optional_number(json.at("probability")),
                       .verdict = verdict_from(json.at("verdict")),
                       .reason = json.at("reason")};
}

nlohmann::ordered_json json_of(const ScoredFace& face) {
  nlohmann::ordered_json json = {{"frame", face.frame},
                                 {"time_s", nullptr},
                                 {"track", face.track},
                                 {"box", {face.box.x, face.box.y, face.box.width, face.box.height}},
                                 {"score", face.score},
                                 {"sharpness", face.sharpness},
                                 {"distance", json_or_null(face.distance)}};
  if (face.time_us >= 0) json["time_s"] = static_cast<double>(face.time_us) / 1e6;
  return json;
}

std::string legend(const VerdictOptions& options) {
  const std::string threshold = fixed_text(options.threshold, 3);
  std::string text = "score: mean fake probability of the person who decides; above " + threshold + " is fake";
  if (!options.calibration) {
    text += ". The model is UNCALIBRATED: its scores are no probabilities, and the rate of false alarms is not known.";
  } else {
    if (options.fpr) text += ", as " + number_text(*options.fpr) + " of real videos are";
    text += ".\nLLR, P(fake): calibrated on " + options.calibration->fitted_on + " (" +
            std::to_string(options.calibration->reals) + " real, " + std::to_string(options.calibration->fakes) +
            " fake videos); P at a prior of " + number_text(options.prior) + ".";
  }
  return text + "\n95%: from blocks of one second. frames: with a face / looked at.";
}

}  // namespace

VerdictOptions verdict_options(const std::string& calibration_json, std::optional<double> fpr) {
  VerdictOptions options;
  if (!calibration_json.empty()) options.calibration = calibration_from_json(calibration_json);
  if (fpr && !options.calibration) {
    throw Error(ErrorKind::kUsage,
                "--fpr: the model is uncalibrated, so no threshold of it has a known rate; --threshold sets one");
  }
  if (!options.calibration || (!fpr && options.calibration->thresholds.empty())) return options;
  // Ascending: the first one is the lowest rate that there were real videos enough for.
  const double lowest = options.calibration->thresholds.empty() ? 0 : options.calibration->thresholds.front().fpr;
  const FalsePositiveThreshold& chosen = threshold_for(*options.calibration, fpr ? *fpr : std::max(kUsualRate, lowest));
  options.fpr = chosen.fpr;
  options.threshold = chosen.score;
  return options;
}

std::optional<Interval> score_interval(std::span<const ScoredFace> faces, std::uint64_t seed) {
  struct Second {
    double sum = 0, faces = 0;
  };
  std::map<std::int64_t, Second> by_second;
  for (const ScoredFace& face : faces) {
    Second& second = by_second[face.time_us / 1'000'000];
    second.sum += face.score;
    ++second.faces;
  }
  std::vector<Second> seconds;
  for (const auto& [number, second] : by_second) seconds.push_back(second);
  const auto mean_of_drawn = [&](std::span<const double> times_drawn, std::span<double> values) {
    Second all;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      all.sum += times_drawn[i] * seconds[i].sum;
      all.faces += times_drawn[i] * seconds[i].faces;
    }
    values[0] = all.sum / all.faces;
  };
  Clusters each_second;
  each_second.count = static_cast<std::uint32_t>(seconds.size());
  return bootstrap(each_second, 1, mean_of_drawn, {.seed = seed}).front();
}

PersonVerdict judge_person(std::span<const ScoredFace> faces, bool is_video, const VerdictOptions& options) {
  PersonVerdict person;
  person.track = faces.front().track;
  person.faces = faces.size();
  person.first_s = seconds(faces.front().time_us);
  person.last_s = seconds(faces.back().time_us);
  person.box_px = median<int>(faces, [](const ScoredFace& face) { return std::max(face.box.width, face.box.height); });
  person.sharpness = median<double>(faces, [](const ScoredFace& face) { return face.sharpness; });
  if (faces.front().distance)
    person.distance = median<double>(faces, [](const ScoredFace& face) { return *face.distance; });
  person.score = mean_score(faces);
  if (is_video) person.interval = score_interval(faces, options.seed);
  if (is_video && person.faces < static_cast<std::size_t>(options.least_faces)) {
    person.reason = "too few frames with the face: " + std::to_string(person.faces);
  } else if (person.box_px < options.least_box_px) {
    person.reason = "the face is too small: " + std::to_string(person.box_px) + " px";
  } else if (options.limits && person.sharpness < options.limits->sharpness) {
    person.reason = "too blurred: sharpness " + fixed_text(person.sharpness, 1) + ", wanted " +
                    fixed_text(options.limits->sharpness, 1) + " or more";
  } else if (options.limits && person.distance && *person.distance > options.limits->distance) {
    person.reason = "unlike the training data: distance " + fixed_text(*person.distance, 1) + ", wanted " +
                    fixed_text(options.limits->distance, 1) + " or less";
  } else {
    person.verdict = person.score > options.threshold ? Verdict::kFake : Verdict::kNothingFound;
  }
  if (options.calibration && person.verdict != Verdict::kCannotJudge) {
    person.llr = log_likelihood_ratio(*options.calibration, person.score);
    person.probability = probability_at_prior(*person.llr, options.prior);
  }
  return person;
}

void judge(JudgedInput& input, const VerdictOptions& options) {
  for (const auto& [track, faces] : by_track(input.faces))
    input.people.push_back(judge_person(faces, input.frames > 1, options));
  const auto is = [](Verdict verdict) {
    return [=](const PersonVerdict& person) { return person.verdict == verdict; };
  };
  if (std::ranges::any_of(input.people, is(Verdict::kFake))) {
    input.verdict = Verdict::kFake;
  } else if (std::ranges::any_of(input.people, is(Verdict::kNothingFound))) {
    input.verdict = Verdict::kNothingFound;
  } else if (!input.could_be_read()) {
    input.reason = "can't be read: " + input.status + (input.problem.empty() ? "" : ", " + input.problem);
  } else {
    input.reason = input.people.empty() ? "no face" : input.people.front().reason;
  }
}

std::string verdict_json(const JudgedInput& input, const VerdictOptions& options, const std::string& model_digest) {
  nlohmann::ordered_json json = {
      {"format", "unmask.predict.1"},
      {"input", input.name},
      {"verdict", to_word(input.verdict)},
      {"reason", input.reason},
      {"status", input.status},
      {"problem", input.problem},
      {"model_digest", model_digest},
      {"calibrated", options.calibration.has_value()},
      {"fitted_on", options.calibration ? options.calibration->fitted_on : ""},
      {"threshold", options.threshold},
      {"fpr", json_or_null(options.fpr)},
      {"prior", options.prior},
      {"distance_limit", nullptr},
      {"sharpness_limit", nullptr},
      {"duration_s", input.duration_s},
      {"frames",
       {{"of", input.frames}, {"looked_at", input.looked_at}, {"read", input.read}, {"with_face", input.with_face}}},
      {"people", nlohmann::ordered_json::array()},
      {"faces", nlohmann::ordered_json::array()}};
  if (options.limits) {
    json["distance_limit"] = options.limits->distance;
    json["sharpness_limit"] = options.limits->sharpness;
  }
  for (const PersonVerdict& person : input.people) json["people"].push_back(json_of(person));
  for (const ScoredFace& face : input.faces) json["faces"].push_back(json_of(face));
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_text(const JudgedInput& input) {
  nlohmann::json json = {input.name,      input.status, input.problem,   input.frames,           input.duration_s,
                         input.looked_at, input.read,   input.with_face, nlohmann::json::array()};
  for (const ScoredFace& face : input.faces) {
    json.back().push_back({face.frame, face.time_us, face.track, face.box.x, face.box.y, face.box.width,
                           face.box.height, face.score, face.sharpness, json_or_null(face.distance)});
  }
  json.push_back(nlohmann::json::array());
  for (const TellingFace& each : input.telling)
    json.back().push_back({each.face, each.for_fake, each.picture, each.heat.columns, each.heat.values});
  json.push_back(nlohmann::json::array());
  for (const PersonVerdict& person : input.people) json.back().emplace_back(json_of(person));
  json.emplace_back(to_word(input.verdict));
  json.emplace_back(input.reason);
  return json.dump();
}

JudgedInput judged_from(const std::string& text) {
  JudgedInput input;
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    input.name = json.at(0);
    input.status = json.at(1);
    input.problem = json.at(2);
    input.frames = json.at(3);
    input.duration_s = json.at(4);
    input.looked_at = json.at(5);
    input.read = json.at(6);
    input.with_face = json.at(7);
    for (const nlohmann::json& face : json.at(8)) {
      input.faces.push_back({face.at(0),
                             face.at(1),
                             face.at(2),
                             {face.at(3), face.at(4), face.at(5), face.at(6)},
                             face.at(7),
                             face.at(8),
                             optional_number(face.at(9))});
    }
    for (const nlohmann::json& each : json.at(9))
      input.telling.push_back({each.at(0), each.at(1), each.at(2), {each.at(3), each.at(4)}});
    for (const nlohmann::json& person : json.at(10)) input.people.push_back(person_from(person));
    input.verdict = verdict_from(json.at(11));
    input.reason = json.at(12);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kFailed, "a rank's verdict can't be read: " + std::string(error.what()));
  }
  return input;
}

std::string verdict_table(std::span<const JudgedInput> inputs, const VerdictOptions& options) {
  TextTable table({"input", "verdict", "score", "95%", "LLR", "P(fake)", "people", "frames", "note"});
  for (const JudgedInput& input : inputs) {
    // Who decides: whose score is highest among those that can be judged.
    const PersonVerdict* person = nullptr;
    for (const PersonVerdict& other : input.people) {
      if (other.verdict != Verdict::kCannotJudge && (person == nullptr || other.score > person->score)) person = &other;
    }
    std::string note = input.reason;
    if (note.empty() && !input.problem.empty()) note = input.problem;
    table.add(
        {input.name, std::string(to_word(input.verdict)), person ? fixed_text(person->score, 3) : "-",
         person ? interval_text(person->interval) : "-", person && person->llr ? fixed_text(*person->llr, 2) : "-",
         person && person->probability ? fixed_text(*person->probability, 3) : "-", std::to_string(input.people.size()),
         std::to_string(input.with_face) + "/" + std::to_string(input.looked_at), note});
  }
  return table.text() + "\n" + legend(options);
}

}  // namespace unmask
