// What every key of words must do, for the tables of `unmask train`, `sweep` and `prepare`.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "launch/config/config_keys.h"

namespace unmask {

/// The keys of words are those of `wanted`; each takes its words and writes them as they are, and refuses any other
/// with `where` and all words. `fault_of`: what reading a config with that line says.
inline void expect_words(const std::vector<ConfigKey>& keys,
                         const std::map<std::string, std::vector<std::string>>& wanted,
                         const std::function<std::string(const std::string&)>& fault_of, const std::string& where) {
  std::size_t found = 0;
  for (const ConfigKey& key : keys) {
    if (!std::holds_alternative<WordField>(key.value)) continue;
    SCOPED_TRACE(key.name);
    ++found;
    ASSERT_TRUE(wanted.contains(key.name));
    std::string listed;
    for (const std::string& word : wanted.at(key.name)) {
      const std::string toml = "\"" + word + "\"";
      EXPECT_FALSE(assign(key, {key.name, "", 0, word})) << word;
      EXPECT_EQ(value_toml(key), toml);
      listed += (listed.empty() ? "" : ", ") + toml;
    }
    EXPECT_EQ(fault_of(key.name + " = \"zzz\""),
              where + ": " + key.name + ": wanted one of " + listed + ", got \"zzz\"");
    EXPECT_EQ(fault_of(key.name + " = 3"), where + ": " + key.name + ": wanted text in quotes, got 3");
  }
  EXPECT_EQ(found, wanted.size());
}

}  // namespace unmask
