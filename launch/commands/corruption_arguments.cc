#include "launch/commands/corruption_arguments.h"

#include <string>
#include <system_error>

#include "base/error.h"

namespace unmask {

namespace po = boost::program_options;

void add_corruption_options(po::options_description& options) {
  auto option = options.add_options();
  option("corrupt", "score again after six corruptions in five strengths");
  option("corruption", po::value<std::vector<std::string>>()->composing(),
         "--corrupt by this kind alone: jpeg, resize, blur, noise, brightness or h264; may be repeated");
  option("sources", po::value<std::vector<std::string>>()->composing(),
         "for --corrupt: ROOT that the stores were prepared from, whose frames are corrupted before faces are found");
  option("detector-model", po::value<std::string>(), "for --sources: YuNet's ONNX file, where faces were found by it");
  option("no-sandbox", "for --sources: decodes without the sandbox, where a system forbids it");
}

std::optional<CorruptOptions> read_corruption_options(const ParsedOptions& parsed) {
  const std::vector<std::string> words = texts_of(parsed, "corruption"), sources = texts_of(parsed, "sources");
  const auto detector_model = text_of(parsed, "detector-model");
  const bool has_sandbox = parsed.count("no-sandbox") == 0;
  if (parsed.count("corrupt") == 0 && words.empty()) {
    if (sources.empty() && !detector_model && has_sandbox) return std::nullopt;
    throw Error(ErrorKind::kUsage, "--sources, --detector-model and --no-sandbox go with --corrupt");
  }
  if (text_of(parsed, "scores"))
    throw Error(ErrorKind::kUsage, "--corrupt needs a MODEL: --scores are of pictures that were scored elsewhere");
  std::vector<CorruptionKind> kinds;
  for (const std::string& word : words) {
    const auto kind = from_word<CorruptionKind>(word);
    if (!kind)
      throw Error(ErrorKind::kUsage,
                  "--corruption must be " + one_of(all_words<CorruptionKind>()) + ", got \"" + word + "\"");
    kinds.push_back(*kind);
  }
  return CorruptOptions{
      corruption_plan(kinds), {sources.begin(), sources.end()}, detector_model.value_or(""), has_sandbox};
}

void require_source_folders(const std::vector<std::filesystem::path>& folders) {
  std::error_code none;
  for (const std::filesystem::path& folder : folders) {
    if (std::filesystem::is_directory(folder, none)) continue;
    throw Error(ErrorKind::kUsage, "--sources " + folder.string() + " is no folder; wanted the one that was prepared");
  }
}

}  // namespace unmask
