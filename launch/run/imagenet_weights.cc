#include "launch/run/imagenet_weights.h"

#include <cstdlib>

#include "base/error.h"
#include "launch/run/converter_python.h"
#include "model/files/safetensors.h"
#include "model/files/weight_conversion.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// As PyTorch has it.
fs::path torch_home() {
  if (const char* home = std::getenv("TORCH_HOME")) return home;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return fs::path(cache) / "torch";
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "/" : home) / ".cache/torch";
}

bool holds_import(const fs::path& file, const std::string& sha256) {
  std::error_code none;
  if (!fs::exists(file, none)) return false;
  const auto metadata = SafetensorsFile(file, SafetensorsFile::Digest::kRequired).metadata();
  const auto source = metadata.find(kSourceSha256);
  return source != metadata.end() && source->second == sha256;
}

}  // namespace

fs::path imagenet_weights(const PublishedWeights& weights, const fs::path& folder) {
  const fs::path pth = folder / weights.file, imported = fs::path(pth).replace_extension(".safetensors");
  if (holds_import(imported, weights.sha256)) return imported;
  const fs::path downloaded = torch_home() / "hub/checkpoints" / weights.file;
  std::error_code none;
  const fs::path& source = fs::exists(pth, none) ? pth : downloaded;
  if (!fs::exists(source, none)) {
    throw Error(ErrorKind::kUsage, "model.init = \"imagenet\": " + weights.file + " is neither in " + folder.string() +
                                       "/ nor in " + downloaded.parent_path().string() +
                                       " ($TORCH_HOME); get it with\n  curl --create-dirs -o " + pth.string() + " " +
                                       weights.address + "\n  SHA-256 " + weights.sha256 +
                                       ", which is checked when it is imported");
  }
  const auto python = converter_python();
  if (!python) {
    throw Error(ErrorKind::kUsage, "model.init = \"imagenet\": no Python with torch found that could read " +
                                       source.string() + ": set UNMASK_PYTHON");
  }
  fs::create_directories(folder);
  import_weights(*python, source, imported, weights.sha256);
  return imported;
}

}  // namespace unmask
