// Configs that the tests of this folder share, read from texts.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "launch/config/run_config_file.h"

namespace unmask {

/// What every config must say; six lines.
inline constexpr char kSmall[] = R"(seed = 3
[data]
stores = "stores"
train = ["base"]
[model]
init = "random"
)";

inline constexpr char kTwoSets[] = R"(seed = 3
[data]
stores = "stores"
train = ["base"]
val = ["both"]
[model]
init = "random"
)";

// Everything that a space may say.
inline constexpr char kSpace[] = R"([sweep]
sampler = "random"
trials = 8
cohort = 4
rungs = 3
keep = 0.25
select_on_targets = true
[sweep.space]
"optimizer.pct_start" = { uniform = [0.3, 0.5], when = { "optimizer.schedule" = "one_cycle" } }
optimizer.max_lr = { log_uniform = [1e-5, 1e-3] }
"optimizer.schedule" = { choice = ["one_cycle", "constant"] }
"train.epochs" = { integer = [0x0A, 20] }
"train.global_batch_size" = { grid = [16, 3_2] }
"model.dropout" = { choice = [0, 0.5], when = { model.head = ["hidden"] } }
"data.train" = { choice = ["base", ["augment"], "both"] }
"augment.enabled" = { choice = [true, false], when = { "data.train" = ["base", "both"] } }
[sweep.space.model]
head = { choice = ["linear", "hidden"] }
)";

inline RunConfig read(const std::string& text, const std::vector<std::string>& overrides = {},
                      ConfigFor what = ConfigFor::kTrain) {
  return read_run_config(text, "a.toml", overrides, what);
}

inline RunConfig read_sweep(const std::string& space, const std::vector<std::string>& overrides = {}) {
  return read(kTwoSets + space, overrides, ConfigFor::kSweep);
}

/// The message with which the config is refused; "" where it is taken.
inline std::string fault(const std::string& text, const std::vector<std::string>& overrides = {},
                         ConfigFor what = ConfigFor::kTrain) {
  try {
    read(text, overrides, what);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// `wanted`: parts with | between them, all of which must be in the fault.
struct FaultCase {
  std::string text, wanted;
};
inline void expect_parts(const std::string& got, const FaultCase& each) {
  std::size_t begin = 0;
  while (begin <= each.wanted.size()) {
    const std::size_t end = std::min(each.wanted.find('|', begin), each.wanted.size());
    EXPECT_TRUE(has(got, each.wanted.substr(begin, end - begin)))
        << each.text << "wanted " << each.wanted << "\ngot " << got;
    begin = end + 1;
  }
}

}  // namespace unmask
