// --corrupt, and the options that go with it.
//
//   add_corruption_options(command.options);
//   if (const auto corruption = read_corruption_options(parsed)) …  // it is asked for
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "data/corrupt/video_corrupter.h"
#include "launch/command_line.h"

namespace unmask {

void add_corruption_options(boost::program_options::options_description& options);

/// Nothing where no corruption is asked for. THROWS Error(kUsage) naming the option that doesn't fit.
std::optional<CorruptOptions> read_corruption_options(const ParsedOptions& parsed);

/// THROWS Error(kUsage) naming the one that is no folder. On one rank.
void require_source_folders(const std::vector<std::filesystem::path>& folders);

}  // namespace unmask
