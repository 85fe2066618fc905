// Binds dotted config keys to members of option structs: an option is added by one line in a table of ConfigKeys.
//
//   TrainOptions train;
//   const std::vector<ConfigKey> keys = {{"train.epochs", &train.epochs}, {"train.precision", &train.precision}};
//   throw_faults(read_keys(document, keys));  // train.epochs is what the document says, or all faults are thrown
//   keys_toml(keys);                          // "\n[train]\nepochs = 3\nprecision = \"bf16\"\n"
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/words.h"
#include "launch/config/config_document.h"

namespace unmask {

/// What a key may do beside holding a value.
enum class KeyRole {
  kIdentity,  // part of the experiment: can't change on a run folder
  kAddition,  // likewise, but came later: unnamed while it has its default, so that runs of before stay what they were
  kRuntime,   // free to change on resume
  kPath       // a path: ${VAR} is expanded; not part of the identity (content digests are)
};

/// A field of an enumeration: what the file has is one of its words (base/words.h).
/// Made from a pointer, as the others are.
struct WordField {
  template <HasWords E>
  WordField(E* field)  // NOLINT(google-explicit-constructor)
      : words(all_words<E>()), get([field] { return to_word(*field); }), set([field](const std::string& text) {
          const std::optional<E> value = from_word<E>(text);
          if (value) *field = *value;
          return value.has_value();
        }) {}
  std::vector<std::string> words;
  std::function<std::string()> get;
  std::function<bool(const std::string&)> set;  // false: no such word, nothing is set
};

/// A count, or "all", which is `all` in the struct.
struct CountField {
  int* count;
  int all;
};

/// REQUIRES: the struct that `value` points into outlives the key.
struct ConfigKey {
  std::string name;
  std::variant<bool*, int*, std::int64_t*, std::uint64_t*, double*, std::string*, std::vector<std::string>*,
               std::map<std::string, double>*, WordField, CountField>
      value;
  KeyRole role = KeyRole::kIdentity;
  bool required = false;
};

/// Sets every bound value from the document. Returns all faults: those of the document, unknown keys (with the
/// nearest), wrong types, unknown words, missing keys, undefined variables in paths.
/// Keys below `open_tables` are not looked at.
std::vector<std::string> read_keys(const ConfigDocument& document, const std::vector<ConfigKey>& keys,
                                   const std::vector<std::string>& open_tables = {});

/// Sets the bound value; says what was wanted and got where it doesn't fit ("wanted an integer, got 2.5").
std::optional<std::string> assign(const ConfigKey& key, const ConfigEntry& value);

/// Puts the place of the key that each message names before it ("configs/a.toml:7: train.epochs must be …").
std::vector<std::string> place_faults(const ConfigDocument& document, const std::vector<ConfigKey>& keys,
                                      const std::vector<std::string>& messages);

/// The bound value as TOML.
std::string value_toml(const ConfigKey& key);
/// "[section]\nkey = value\n…" in the order of the table, a heading where the section changes.
std::string keys_toml(const std::vector<ConfigKey>& keys);

/// THROWS Error(kUsage) with one fault per line, if there is any.
void throw_faults(const std::vector<std::string>& faults);
/// The text of a config file. THROWS Error(kUsage): missing, not a regular file, larger than 1 MB.
std::string read_config_file(const std::string& path);

}  // namespace unmask
