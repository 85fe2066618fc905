// A TOML file and its `--set` overrides as a flat list of dotted keys, each with the place it was written at.
// The only file that sees toml++ is config_document.cc.
//
//   const ConfigDocument document = parse_config("[train]\nepochs = 3\n", "demo.toml", {"train.select=\"f1\""});
//   document.entries[0];  // {"train.epochs", "demo.toml:2", 2, std::int64_t{3}}
//   document.entries[1];  // {"train.select", "--set", 0, std::string("f1")}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace unmask {

/// One value of the file.
/// What fits no simple type (dates, mixed arrays, tables) is kept as text with its type and parts.
struct ConfigEntry {
  struct Other {
    std::string type, text;          // "table", "array", "date", …
    std::vector<ConfigEntry> items;  // of a table, with their keys; of an array, without
  };
  std::string key;    // "train.epochs"
  std::string where;  // "configs/demo.toml:12" or "--set"
  std::uint32_t line = 0;
  std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, Other> value;
};

struct ConfigDocument {
  std::string file;
  std::vector<ConfigEntry> entries;  // in the order of the file, overrides last; keys are unique
  std::vector<std::string> faults;   // "<file>:<line>: …"; every one that could be found
  bool syntax_faults = false;        // parts of the file could not be read: absence of a key proves nothing

  const ConfigEntry* find(std::string_view key) const;
};

/// Never throws on what the text holds: faults are listed. Below `open_table` ("sweep.space") a table that holds values
/// or `when` is one entry. An override is KEY=VALUE as a line of the file would be: a table sets the keys that it
/// holds.
ConfigDocument parse_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                            std::string_view open_table = "");

/// One TOML value, such as a point of a sweep holds; nothing if it is none.
std::optional<ConfigEntry> parse_value(const std::string& key, const std::string& text, const std::string& where);
/// The elements of a list of any kind; nothing where the value is no list.
std::optional<std::vector<ConfigEntry>> list_items(const ConfigEntry& entry);

/// A value as it would be written in TOML, for messages; long ones are cut.
std::string describe(const ConfigEntry& entry);
std::string quoted_toml(std::string_view text);
/// Shortest decimal that reads back the same, always with '.' or 'e'.
std::string float_toml(double value);

}  // namespace unmask
