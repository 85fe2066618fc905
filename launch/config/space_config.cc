#include "launch/config/space_config.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "base/nearest_word.h"

namespace unmask {
namespace {

using Kind = SpaceKey::Kind;

/// Why a key is the same for all trials of a run; empty where it may vary.
std::string why_fixed(const ConfigKey& key) {
  if (key.name == "seed") return "sweep.repeats varies the seed";
  if (key.name.starts_with("sweep.")) return "a sweep's own options are no part of its trials";
  if (key.role == KeyRole::kRuntime) {
    return "no result depends on it";
  }
  if (key.role == KeyRole::kPath) return "what a path leads to is recorded once a run; make a sweep for each";
  if (key.name == "data.val" || key.name == "data.test") return "trials are compared on the same datasets";
  if (key.name == "train.select") return "trials are compared by it";
  if (key.name == "train.precision" || key.name == "train.bf16_arithmetic" || key.name == "train.threads_per_rank") {
    return "it belongs to the run's numerics class; make a sweep for each";
  }
  return "";
}

template <typename T>
bool holds(const ConfigKey& key) {
  return std::holds_alternative<T*>(key.value);
}

class SpaceReader {
 public:
  explicit SpaceReader(const RunConfig& config) : base_(config) {
    base_.sweep.emplace();
    for (const ConfigKey& key : run_config_keys(base_)) names_.push_back(key.name);
    base_.sweep.reset();
    base_faults_ = validate(base_);
  }

  void read(const ConfigEntry& entry, const std::string& name, std::vector<SpaceKey>& space) {
    place_ = entry.where + ": " + entry.key.substr(0, 200) + ": ";
    RunConfig copy = base_;
    copy.sweep.emplace();
    const std::vector<ConfigKey> keys = run_config_keys(copy);
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& each) { return each.name == name; });
    if (key == keys.end()) return fault("no such key" + did_you_mean(name, names_));
    if (const std::string why = why_fixed(*key); !why.empty()) return fault("can't vary: " + why);
    if (std::ranges::any_of(space, [&](const SpaceKey& each) { return each.key == name; })) {
      return fault("the space has this key twice");
    }
    // Kept even if faulty, so that conditions on it aren't faults of their own.
    SpaceKey& made = space.emplace_back();
    made.key = name;
    const auto* table = std::get_if<ConfigEntry::Other>(&entry.value);
    if (table == nullptr || table->type != "table") {
      return fault("wanted a range such as { choice = [1, 2] }, got " + describe(entry));
    }
    int ranges = 0;
    for (const ConfigEntry& item : table->items) {
      if (item.key == "when") {
        read_condition(item, made);
      } else if (const auto kind = from_word<Kind>(item.key)) {
        made.kind = *kind;
        if (++ranges == 1) read_range(item, *key, made);
      } else {
        std::vector<std::string> words = all_words<Kind>();
        words.push_back("when");
        fault("wanted choice (or grid), uniform, log_uniform or integer, and when; got " + quoted_toml(item.key) +
              did_you_mean(item.key, words));
        ++ranges;
      }
    }
    if (ranges != 1) fault("wanted one range such as { choice = [1, 2] }, got " + describe(entry));
  }

  std::vector<std::string> take_faults() { return std::move(faults_); }

 private:
  void fault(const std::string& what) { faults_.push_back(place_ + what); }

  static std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const auto nearest = nearest_word(word, known);
    return nearest ? "; did you mean " + *nearest + "?" : "";
  }

  /// The value as the config would write it; nothing and a fault if the key can't take it.
  std::optional<std::string> checked(const std::string& name, const ConfigEntry& value) {
    RunConfig copy = base_;
    std::string written;
    if (const auto misfit = set_value(copy, name, value, &written)) {
      fault(*misfit);
      return std::nullopt;
    }
    bool good = true;
    for (const std::string& problem : validate(copy)) {
      if (std::find(base_faults_.begin(), base_faults_.end(), problem) != base_faults_.end()) continue;
      fault("with " + describe(value) + ": " + problem);
      good = false;
    }
    return good ? std::optional(written) : std::nullopt;
  }

  void read_range(const ConfigEntry& item, const ConfigKey& key, SpaceKey& made) {
    const auto values = list_items(item);
    if (made.kind == Kind::kChoice) {
      if (!values || values->empty()) return fault("wanted " + item.key + " = [a value, ...], got " + describe(item));
      for (const ConfigEntry& value : *values) {
        const auto written = checked(key.name, value);
        if (!written) continue;
        const bool twice = std::find(made.choices.begin(), made.choices.end(), *written) != made.choices.end();
        if (twice) fault("the choices hold " + *written + " twice");
        if (!twice) made.choices.push_back(*written);
      }
      return;
    }
    const bool whole = holds<int>(key) || holds<std::int64_t>(key) || holds<std::uint64_t>(key);
    if (!whole && !holds<double>(key)) return fault("a range needs a key of numbers; say choice = [...]");
    if (whole && made.kind != Kind::kInteger) return fault("takes whole numbers: say integer = [low, high]");
    const bool integer = made.kind == Kind::kInteger;
    if (!values || values->size() != 2 || !end(values->front(), integer) || !end(values->back(), integer)) {
      return fault("wanted " + item.key +
                   (integer ? " = [low, high] of two integers" : " = [low, high] of two numbers") + ", got " +
                   describe(item));
    }
    made.low = *end(values->front(), integer);
    made.high = *end(values->back(), integer);
    for (const ConfigEntry& value : *values) checked(key.name, value);
  }

  static std::optional<double> end(const ConfigEntry& value, bool integer) {
    if (const auto* whole = std::get_if<std::int64_t>(&value.value)) return static_cast<double>(*whole);
    const auto* number = std::get_if<double>(&value.value);
    return integer || number == nullptr ? std::nullopt : std::optional(*number);
  }

  void read_condition(const ConfigEntry& item, SpaceKey& made) {
    // `{ optimizer.schedule = "one_cycle" }` without quotes is a table in a table.
    const ConfigEntry* value = &item;
    std::string name;
    while (const auto* table = std::get_if<ConfigEntry::Other>(&value->value)) {
      if (table->type != "table" || table->items.size() != 1) break;
      value = &table->items.front();
      name += (name.empty() ? "" : ".") + value->key;
    }
    if (name.empty()) {
      return fault("wanted when = { \"<key>\" = <value> } with one key, got " + describe(item));
    }
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
      return fault("when: " + name + ": no such key" + did_you_mean(name, names_));
    }
    made.when_key = name;
    const auto values = list_items(*value);
    for (const ConfigEntry& each : values ? *values : std::vector<ConfigEntry>{*value}) {
      RunConfig copy = base_;
      std::string written;
      if (const auto misfit = set_value(copy, name, each, &written)) {
        fault("when: " + name + ": " + *misfit);
      } else {
        made.when_values.push_back(written);
      }
    }
    if (values && values->empty()) fault("when: " + name + ": wanted a value or a list of values, got []");
  }

  RunConfig base_;
  std::vector<std::string> base_faults_, names_, faults_;
  std::string place_;
};

/// Conditions on keys that aren't varied: the config's own value decides.
void settle_conditions(const RunConfig& config, std::vector<SpaceKey>& space) {
  RunConfig copy = config;
  const std::vector<ConfigKey> keys = run_config_keys(copy);
  std::set<std::string> varied, gone;
  for (const SpaceKey& key : space) varied.insert(key.key);
  for (SpaceKey& key : space) {
    if (key.when_key.empty() || varied.contains(key.when_key)) continue;
    const auto other =
        std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& each) { return each.name == key.when_key; });
    const bool met =
        std::find(key.when_values.begin(), key.when_values.end(), value_toml(*other)) != key.when_values.end();
    if (!met) gone.insert(key.key);
    if (met) key.when_key.clear();
    if (met) key.when_values.clear();
  }
  for (std::size_t before = space.size() + 1; before > space.size();) {
    before = space.size();
    std::erase_if(space, [&](const SpaceKey& key) {
      const bool out = gone.contains(key.key) || gone.contains(key.when_key);
      if (out) gone.insert(key.key);
      return out;
    });
  }
}

std::string listed(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return "[" + text + "]";
}

}  // namespace

std::vector<std::string> read_space(const ConfigDocument& document, const std::string& table, RunConfig& config) {
  SpaceReader reader(config);
  std::vector<SpaceKey>& space = config.sweep->space;
  for (const ConfigEntry& entry : document.entries) {
    if (entry.key.starts_with(table + ".")) reader.read(entry, entry.key.substr(table.size() + 1), space);
  }
  std::vector<std::string> faults = reader.take_faults();
  if (faults.empty()) settle_conditions(config, space);
  return faults;
}

std::string space_toml(const SpaceKey& key) {
  const auto number = [&](double value) {
    return key.kind == Kind::kInteger ? std::to_string(static_cast<std::int64_t>(value)) : float_toml(value);
  };
  std::string text = "{ " + to_word(key.kind) + " = ";
  text += listed(key.kind == Kind::kChoice ? key.choices : std::vector<std::string>{number(key.low), number(key.high)});
  if (!key.when_key.empty()) {
    text += ", when = { ";
    text += quoted_toml(key.when_key) + " = " + listed(key.when_values) + " }";
  }
  return text + " }";
}

}  // namespace unmask
