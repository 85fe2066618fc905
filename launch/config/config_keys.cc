#include "launch/config/config_keys.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/nearest_word.h"

namespace unmask {
namespace {

/// Sets one member; returns what was wanted if the value doesn't fit.
class Assign {
 public:
  explicit Assign(const ConfigEntry& entry) : entry_(entry) {}

  std::optional<std::string> operator()(bool* target) const { return exact(target, "true or false"); }
  std::optional<std::string> operator()(int* target) const {
    return integer(target, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  }
  std::optional<std::string> operator()(std::int64_t* target) const { return exact(target, "an integer"); }
  std::optional<std::string> operator()(std::uint64_t* target) const {
    return integer(target, 0, std::numeric_limits<std::int64_t>::max());
  }
  std::optional<std::string> operator()(double* target) const {
    if (const auto* whole = std::get_if<std::int64_t>(&entry_.value)) {
      *target = static_cast<double>(*whole);
      return std::nullopt;
    }
    const auto* number = std::get_if<double>(&entry_.value);
    if (number == nullptr) return "a number";
    if (!std::isfinite(*number)) return "a finite number";
    *target = *number;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::string* target) const { return exact(target, "text in quotes"); }
  std::optional<std::string> operator()(std::vector<std::string>* target) const {
    return exact(target, "a list of texts, such as [\"base\", \"augment\"]");
  }
  std::optional<std::string> operator()(std::map<std::string, double>* target) const {
    const char* wanted = "a table of numbers, such as { base = 1.0, augment = 2.0 }";
    const auto* table = std::get_if<ConfigEntry::Other>(&entry_.value);
    if (table == nullptr || table->type != "table") return wanted;
    std::map<std::string, double> numbers;
    for (const ConfigEntry& item : table->items) {
      if (Assign(item)(&numbers[item.key])) return wanted;
    }
    *target = std::move(numbers);
    return std::nullopt;
  }
  std::optional<std::string> operator()(const CountField& field) const {
    const auto* word = std::get_if<std::string>(&entry_.value);
    if (word == nullptr && !(*this)(field.count)) return std::nullopt;
    if (word == nullptr || *word != "all") return "an integer or \"all\"";
    *field.count = field.all;
    return std::nullopt;
  }
  std::optional<std::string> operator()(const WordField& field) const {
    std::string word;
    if (auto wanted = (*this)(&word)) return wanted;
    if (field.set(word)) return std::nullopt;
    return one_of(field.words);
  }

 private:
  template <typename T>
  std::optional<std::string> exact(T* target, const char* wanted) const {
    const T* value = std::get_if<T>(&entry_.value);
    if (value == nullptr) return wanted;
    *target = *value;
    return std::nullopt;
  }
  template <typename T>
  std::optional<std::string> integer(T* target, std::int64_t low, std::int64_t high) const {
    const auto* value = std::get_if<std::int64_t>(&entry_.value);
    if (value == nullptr) return "an integer";
    if (*value < low || *value > high) {
      return "an integer between " + std::to_string(low) + " and " + std::to_string(high);
    }
    *target = static_cast<T>(*value);
    return std::nullopt;
  }

  const ConfigEntry& entry_;
};

std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

/// "; did you mean train.epochs?": the nearest whole name, else a key of the same or a near last part.
std::string suggestion(const std::string& name, const std::vector<ConfigKey>& keys) {
  std::vector<std::string> names, parts;
  for (const ConfigKey& key : keys) {
    names.push_back(key.name);
    parts.push_back(last_part(key.name));
  }
  std::optional<std::string> nearest = nearest_word(name, names);
  if (!nearest) {
    if (const auto part = nearest_word(last_part(name), parts)) {
      nearest = names[static_cast<std::size_t>(std::find(parts.begin(), parts.end(), *part) - parts.begin())];
    }
  }
  return nearest ? "; did you mean " + *nearest + "?" : "";
}

bool is_section(const std::string& name, const std::vector<ConfigKey>& keys, const std::vector<std::string>& open) {
  const auto below = [&](const std::string& key) { return key == name || key.starts_with(name + "."); };
  return std::any_of(keys.begin(), keys.end(),
                     [&](const ConfigKey& key) { return key.name != name && below(key.name); }) ||
         std::any_of(open.begin(), open.end(), below);
}

std::string unknown_key(const ConfigEntry& entry, const std::vector<ConfigKey>& keys,
                        const std::vector<std::string>& open) {
  const std::string place = entry.where + ": " + entry.key.substr(0, 200) + ": ";
  if (is_section(entry.key, keys, open)) {
    return place + "wanted a section [" + entry.key + "], got " + describe(entry);
  }
  return place + "unknown key" + suggestion(entry.key, keys);
}

bool is_empty_section(const ConfigEntry& entry, const std::vector<ConfigKey>& keys,
                      const std::vector<std::string>& open) {
  const auto* other = std::get_if<ConfigEntry::Other>(&entry.value);
  return other != nullptr && other->type == "table" && is_section(entry.key, keys, open);
}

std::optional<std::string> expand_variables(std::string& path) {
  std::string expanded;
  for (std::size_t at = 0; at < path.size();) {
    if (path.compare(at, 2, "${") != 0) {
      expanded += path[at++];
      continue;
    }
    const std::size_t end = path.find('}', at);
    if (end == std::string::npos) return "${ without }";
    const std::string name = path.substr(at + 2, end - at - 2);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return "${" + name + "} is not set in the environment";
    expanded += value;
    at = end + 1;
  }
  path = expanded;
  return std::nullopt;
}

void read_key(const ConfigEntry& entry, const ConfigKey& key, std::vector<std::string>& faults) {
  const std::string place = entry.where + ": " + entry.key + ": ";
  if (const auto misfit = assign(key, entry)) {
    faults.push_back(place + *misfit);
    return;
  }
  if (key.role != KeyRole::kPath) return;
  if (const auto fault = expand_variables(*std::get<std::string*>(key.value))) faults.push_back(place + *fault);
}

/// "data.mix.base" is a number of the table data.mix.
void read_item(const ConfigEntry& entry, const ConfigKey& table, std::vector<std::string>& faults) {
  auto& numbers = *std::get<std::map<std::string, double>*>(table.value);
  if (const auto misfit = assign({entry.key, &numbers[entry.key.substr(table.name.size() + 1)]}, entry)) {
    faults.push_back(entry.where + ": " + entry.key + ": " + *misfit);
  }
}

std::string value_text(const ConfigKey& key) {
  struct Text {
    std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
    std::string operator()(const int* value) const { return std::to_string(*value); }
    std::string operator()(const std::int64_t* value) const { return std::to_string(*value); }
    std::string operator()(const std::uint64_t* value) const { return std::to_string(*value); }
    std::string operator()(const double* value) const { return float_toml(*value); }
    std::string operator()(const std::string* value) const { return quoted_toml(*value); }
    std::string operator()(const CountField& field) const {
      return *field.count == field.all ? quoted_toml("all") : std::to_string(*field.count);
    }
    std::string operator()(const WordField& field) const { return quoted_toml(field.get()); }
    std::string operator()(const std::map<std::string, double>* value) const {
      std::string text = "{";
      for (const auto& [name, number] : *value) {
        text += (text.size() > 1 ? ", " : " ") + quoted_toml(name) + " = " + float_toml(number);
      }
      return text + (value->empty() ? "}" : " }");
    }
    std::string operator()(const std::vector<std::string>* value) const {
      std::string text = "[";
      for (const std::string& word : *value) text += (text.size() > 1 ? ", " : "") + quoted_toml(word);
      return text + "]";
    }
  };
  return std::visit(Text{}, key.value);
}

}  // namespace

std::optional<std::string> assign(const ConfigKey& key, const ConfigEntry& value) {
  const std::optional<std::string> wanted = std::visit(Assign(value), key.value);
  if (!wanted) return std::nullopt;
  const std::string misfit = "wanted " + *wanted + ", got " + describe(value);
  const auto* field = std::get_if<WordField>(&key.value);
  const auto* word = std::get_if<std::string>(&value.value);
  const auto nearest = field != nullptr && word != nullptr ? nearest_word(*word, field->words) : std::nullopt;
  return nearest ? misfit + "; did you mean " + quoted_toml(*nearest) + "?" : misfit;
}

std::vector<std::string> read_keys(const ConfigDocument& document, const std::vector<ConfigKey>& keys,
                                   const std::vector<std::string>& open_tables) {
  std::vector<std::string> faults = document.faults;
  std::set<std::string> seen;
  for (const ConfigEntry& entry : document.entries) {
    const auto inside = [&](const std::string& table) { return entry.key.starts_with(table + "."); };
    if (std::any_of(open_tables.begin(), open_tables.end(), inside)) continue;
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& known) { return known.name == entry.key; });
    const auto table = std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& known) {
      return entry.key.starts_with(known.name + ".") &&
             std::holds_alternative<std::map<std::string, double>*>(known.value);
    });
    if (key != keys.end()) {
      seen.insert(entry.key);
      read_key(entry, *key, faults);
    } else if (table != keys.end()) {
      read_item(entry, *table, faults);
    } else if (!is_empty_section(entry, keys, open_tables)) {
      faults.push_back(unknown_key(entry, keys, open_tables));
    }
  }
  for (const ConfigKey& key : keys) {
    if (key.required && !seen.contains(key.name) && !document.syntax_faults) {
      faults.push_back(document.file + ": " + key.name + ": is missing, and has no default");
    }
  }
  return faults;
}

std::vector<std::string> place_faults(const ConfigDocument& document, const std::vector<ConfigKey>& keys,
                                      const std::vector<std::string>& messages) {
  std::vector<std::string> placed;
  for (const std::string& message : messages) {
    std::string named;  // the longest name that the message begins with
    const auto consider = [&](const std::string& name) {
      if (message.starts_with(name) && name.size() > named.size()) named = name;
    };
    for (const ConfigKey& key : keys) consider(key.name);
    for (const ConfigEntry& entry : document.entries) consider(entry.key);  // keys of open tables
    const ConfigEntry* entry = named.empty() ? nullptr : document.find(named);
    placed.push_back((entry == nullptr ? document.file : entry->where) + ": " + message);
  }
  return placed;
}

std::string value_toml(const ConfigKey& key) { return value_text(key); }

std::string keys_toml(const std::vector<ConfigKey>& keys) {
  std::string text, section;
  for (const ConfigKey& key : keys) {
    const std::size_t dot = key.name.rfind('.');
    const std::string mine = dot == std::string::npos ? "" : key.name.substr(0, dot);
    if (mine != section) {
      text += "\n[" + mine + "]\n";
      section = mine;
    }
    text += last_part(key.name) + " = " + value_text(key) + "\n";
  }
  return text;
}

void throw_faults(const std::vector<std::string>& faults) {
  if (faults.empty()) return;
  std::string text = faults.size() == 1 ? "" : std::to_string(faults.size()) + " faults in the config:";
  for (const std::string& fault : faults) text += (text.empty() ? "" : "\n  ") + fault;
  throw Error(ErrorKind::kUsage, text);
}

std::string read_config_file(const std::string& path) {
  try {
    return read_text_file(path, 1 << 20);
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());
  }
}

}  // namespace unmask
