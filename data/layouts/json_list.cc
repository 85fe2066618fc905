#include "data/layouts/json_list.h"

#include <algorithm>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/printable.h"

namespace unmask {
namespace {

constexpr std::size_t kMostBytes = 512 << 20;

}  // namespace

nlohmann::json read_json_list(const std::filesystem::path& file) {
  const std::string text = read_text_file(file, kMostBytes);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kData, printable(file.native()) + ": is no JSON: " + printable(std::string(error.what())));
  }
}

std::string text_at(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  if (found == object.end()) return "";
  if (found->is_number_integer()) return found->dump();
  return found->is_string() ? found->get<std::string>() : "";
}

std::filesystem::path path_below(const std::filesystem::path& file, const std::string& name) {
  const std::filesystem::path path(name);
  if (name.empty() || path.is_absolute() || std::ranges::find(path, "..") != path.end()) {
    throw Error(ErrorKind::kData,
                printable(file.native()) + ": \"" + printable(name) +
                    "\" is no path below its folder: names may not be absolute and may not hold \"..\"");
  }
  return path.lexically_normal();
}

}  // namespace unmask
