// What `unmask prepare` is told: a config file with one section, [prepare].
#pragma once

#include <string>
#include <vector>

#include "data/prepare/prepare_options.h"
#include "launch/config/config_keys.h"

namespace unmask {

/// THROWS Error(kUsage) listing every fault with its place.
PrepareOptions read_prepare_config(const std::string& text, const std::string& file,
                                   const std::vector<std::string>& overrides);
std::string resolved_toml(const PrepareOptions& options);
/// The one table of keys, bound to `options`.
std::vector<ConfigKey> prepare_config_keys(PrepareOptions& options);

}  // namespace unmask
