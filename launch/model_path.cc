#include "launch/model_path.h"

#include <algorithm>

#include "base/error.h"
#include "launch/sweep/run_folder.h"

namespace unmask {
namespace {

bool is_digits(const std::string& text) {
  return !text.empty() && text.size() <= 9 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error not_found(const std::string& model, const std::string& what) {
  return Error(ErrorKind::kUsage, model + ": " + what + "; wanted a model file, a run folder, or RUN:0007");
}

}  // namespace

std::filesystem::path find_model(const std::string& model) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (fs::is_regular_file(model, none)) return model;
  if (fs::is_directory(model, none)) {
    const RunFolder run(model);
    for (const fs::path& file : {run.chosen_model(), run.best_model(0)}) {
      if (fs::is_regular_file(file, none)) return file;
    }
    throw not_found(model,
                    "holds no finished model (looked for chosen/model.safetensors and trials/0000/best.safetensors)");
  }
  const std::size_t colon = model.rfind(':');
  if (colon != std::string::npos && is_digits(model.substr(colon + 1)) &&
      fs::is_directory(model.substr(0, colon), none)) {
    const fs::path file = RunFolder(model.substr(0, colon)).best_model(std::stoi(model.substr(colon + 1)));
    if (fs::is_regular_file(file, none)) return file;
    throw not_found(model, "no such model (looked for " + file.string() + ")");
  }
  throw not_found(model, fs::exists(model, none) ? "is neither a file nor a folder" : "does not exist");
}

}  // namespace unmask
