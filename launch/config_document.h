// A TOML file and its `--set` overrides as a flat list of dotted keys, each with the place it was written at.
// The only file that sees toml++ is config_document.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace unmask {

/// One value of the file. What the program has no use for (dates, mixed arrays, tables) is kept as text with its type.
struct ConfigEntry {
  struct Other {
    std::string type, text;
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

/// Never throws on what the text holds: faults are listed. `open_table` is kept as text below its own level ("sweep.space").
ConfigDocument parse_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                            std::string_view open_table = "");

/// A value as it would be written in TOML, for messages; long ones are cut.
std::string describe(const ConfigEntry& entry);
std::string quoted_toml(std::string_view text);
/// Shortest decimal that reads back the same, always with '.' or 'e'.
std::string float_toml(double value);

}  // namespace unmask
