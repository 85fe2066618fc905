#include "launch/config/config_document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace {
[[noreturn]] void toml_confused(const char* what) { throw std::runtime_error(std::string("not understood: ") + what); }
}  // namespace
// What toml++ 3.3 takes for impossible happens with damaged files: an error like others, not the program's end.
#define TOML_ASSERT(expression) ((expression) ? void() : toml_confused(#expression))
#define TOML_ASSERT_ASSUME(expression) TOML_ASSERT(expression)
#include <toml++/toml.h>

namespace unmask {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
// toml++ 3.3 recurses on the dots of a key and on brackets; a hostile line must not reach it.
constexpr std::size_t kMostDots = 64;
constexpr int kMostSyntaxFaults = 10;

std::string one_line(std::string text) {
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) letter = ' ';
  }
  return text;
}

std::string text_of(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << toml::toml_formatter{value, toml::toml_formatter::default_flags}; });
  return one_line(out.str());
}

std::string inline_text(const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    toml::table copy = *table;
    copy.is_inline(true);
    toml::table outer;
    outer.insert("v", std::move(copy));
    std::ostringstream out;
    out << toml::toml_formatter{outer, toml::toml_formatter::default_flags};
    const std::string text = one_line(out.str());
    return text.substr(text.find('=') + 2);
  }
  return text_of(node);
}

std::string type_of(const toml::node& node) {
  std::ostringstream out;
  out << node.type();
  return out.str();
}

/// Walks a parsed table and lists its leaves.
class Flattener {
 public:
  /// `where`: of all leaves; "" = file and line.
  Flattener(ConfigDocument& document, std::string_view open_table, std::string where = "")
      : document_(document), open_table_(open_table), where_(std::move(where)) {}

  void add(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      const toml::table* below = node.as_table();
      const bool leaf = below == nullptr || below->empty() || (is_open(name) && holds_values(*below));
      if (leaf) {
        const std::uint32_t line = where_.empty() ? line_of(node, key) : 0;
        const std::string where = where_.empty() ? document_.file + ":" + std::to_string(line) : where_;
        document_.entries.push_back({name, where, line, value_of(node, where)});
      } else {
        add(*below, name);
      }
    }
  }

  static decltype(ConfigEntry::value) value_of(const toml::node& node, const std::string& where) {
    if (const auto* boolean = node.as_boolean()) return boolean->get();
    if (const auto* integer = node.as_integer()) return std::int64_t{integer->get()};
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* text = node.as_string()) return text->get();
    if (const toml::array* array = node.as_array()) {
      std::vector<std::string> words;
      for (const toml::node& element : *array) {
        if (const auto* word = element.as_string()) words.push_back(word->get());
      }
      if (words.size() == array->size()) return words;
    }
    ConfigEntry::Other other{type_of(node), inline_text(node), {}};
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& element : *array) other.items.push_back({"", where, 0, value_of(element, where)});
    } else if (const toml::table* table = node.as_table()) {
      for (const auto& [key, element] : *table) {
        other.items.push_back({std::string(key.str()), where, 0, value_of(element, where)});
      }
    }
    return other;
  }

 private:
  bool is_open(const std::string& name) const {
    return !open_table_.empty() && name.size() > open_table_.size() && name.starts_with(open_table_) &&
           name[open_table_.size()] == '.';
  }
  static bool holds_values(const toml::table& table) {
    return table.contains("when") ||
           std::any_of(table.begin(), table.end(), [](const auto& item) { return !item.second.is_table(); });
  }
  static std::uint32_t line_of(const toml::node& node, const toml::key& key) {
    return key.source().begin.line != 0 ? key.source().begin.line : node.source().begin.line;
  }

  ConfigDocument& document_;
  std::string open_table_, where_;
};

bool within_limits(const std::string& text, ConfigDocument& document) {
  if (text.size() > kMostBytes) {
    document.faults.push_back(document.file + ": larger than 1 MB; a config has a few kilobytes");
    return false;
  }
  std::size_t line = 1, dots = 0;
  bool good = true;
  for (const char letter : text) {
    if (letter == '.' && ++dots == kMostDots + 1) {
      document.faults.push_back(document.file + ":" + std::to_string(line) + ": more than " +
                                std::to_string(kMostDots) + " dots in one line");
      good = false;
    }
    if (letter == '\n') {
      ++line;
      dots = 0;
    }
  }
  return good;
}

/// Blanks line `number` (1-based), so that the rest can be read;
/// false where that can't help (a section's head, an end).
bool blank_line(std::string& text, std::size_t number) {
  std::size_t begin = 0;
  for (std::size_t line = 1; line < number; ++line) {
    begin = text.find('\n', begin);
    if (begin == std::string::npos) return false;
    ++begin;
  }
  const std::size_t end = std::min(text.find('\n', begin), text.size());
  const std::size_t first = text.find_first_not_of(" \t", begin);
  if (first == std::string::npos || first >= end || text[first] == '[') return false;
  text.replace(begin, end - begin, end - begin, ' ');
  return true;
}

void parse_file(std::string text, ConfigDocument& document, std::string_view open_table) {
  for (int faults = 0; faults < kMostSyntaxFaults; ++faults) {
    try {
      const toml::table table = toml::parse(std::string_view(text), std::string_view(document.file));
      Flattener(document, open_table).add(table, "");
      std::ranges::stable_sort(document.entries, {}, &ConfigEntry::line);
      return;
    } catch (const toml::parse_error& error) {
      const auto line = error.source().begin.line;
      document.faults.push_back(document.file + ":" + std::to_string(line) +
                                ": not TOML: " + one_line(std::string(error.description())));
      document.syntax_faults = true;
      if (!blank_line(text, line)) return;
    } catch (const std::exception& error) {
      document.faults.push_back(document.file + ": not TOML: " + one_line(error.what()));
      document.syntax_faults = true;
      return;
    }
  }
}

void apply_override(const std::string& override_text, ConfigDocument& document, std::string_view open_table) {
  constexpr char kPlace[] = "--set";
  const auto fault = [&](const std::string& what) {
    document.faults.push_back("--set " + one_line(override_text) + ": " + what);
  };
  const std::size_t equals = override_text.find('=');
  if (equals == std::string::npos || equals == 0) return fault("wanted key=value, such as --set train.epochs=2");
  const std::string key = override_text.substr(0, equals), value = override_text.substr(equals + 1);
  if (override_text.size() > kMostBytes || std::ranges::any_of(std::array{key, value}, [](const std::string& part) {
        return std::ranges::count(part, '.') > std::ptrdiff_t{kMostDots};
      })) {
    return fault("is too long");
  }
  if (!parse_value(key, value, kPlace))
    return fault("not a TOML value; text needs quotes: --set '" + key + "=\"" + one_line(value) + "\"'");
  // As the file would have it: a key may have parts in quotes, a table is as many keys as it holds.
  ConfigDocument given;
  try {
    if (key.find_first_of("[\n\r") != std::string::npos) throw std::runtime_error("no key");
    Flattener(given, open_table, kPlace).add(toml::parse(key + " = " + value), "");
  } catch (const std::exception&) {
    return fault("not a key: wanted one such as train.epochs or sweep.space.\"optimizer.max_lr\"");
  }
  for (const ConfigEntry& entry : given.entries) {
    std::erase_if(document.entries, [&](const ConfigEntry& earlier) { return earlier.key == entry.key; });
    document.entries.push_back(entry);
  }
}

}  // namespace

const ConfigEntry* ConfigDocument::find(std::string_view key) const {
  for (const ConfigEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

ConfigDocument parse_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                            std::string_view open_table) {
  ConfigDocument document;
  document.file = file;
  if (within_limits(text, document)) {
    parse_file(text, document, open_table);
  } else {
    document.syntax_faults = true;
  }
  for (const std::string& override_text : overrides) apply_override(override_text, document, open_table);
  return document;
}

std::optional<ConfigEntry> parse_value(const std::string& key, const std::string& text, const std::string& where) {
  try {
    const toml::table table = toml::parse("v = " + text);
    if (table.size() != 1) return std::nullopt;
    return ConfigEntry{key, where, 0, Flattener::value_of(*table.get("v"), where)};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<std::vector<ConfigEntry>> list_items(const ConfigEntry& entry) {
  if (const auto* words = std::get_if<std::vector<std::string>>(&entry.value)) {
    std::vector<ConfigEntry> items;
    for (const std::string& word : *words) items.push_back({"", entry.where, 0, word});
    return items;
  }
  const auto* other = std::get_if<ConfigEntry::Other>(&entry.value);
  if (other == nullptr || other->type != "array") return std::nullopt;
  return other->items;
}

std::string quoted_toml(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
      quoted += letter;
    } else if (code < 0x20 || code == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", code);
      quoted += escape;
    } else {
      quoted += letter;
    }
  }
  return quoted + "\"";
}

std::string float_toml(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string describe(const ConfigEntry& entry) {
  struct Describe {
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return float_toml(value); }
    std::string operator()(const std::string& value) const { return quoted_toml(value); }
    std::string operator()(const std::vector<std::string>& value) const {
      std::string text = "[";
      for (const std::string& word : value) text += (text.size() > 1 ? ", " : "") + quoted_toml(word);
      return text + "]";
    }
    std::string operator()(const ConfigEntry::Other& value) const { return value.text + " (" + value.type + ")"; }
  };
  std::string text = std::visit(Describe{}, entry.value);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

}  // namespace unmask
