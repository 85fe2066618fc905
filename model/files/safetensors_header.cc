#include "model/files/safetensors_header.h"

#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace unmask {
namespace {

constexpr std::size_t kMaxRank = 16;

/// Hears the parser's events. Depth 1: tensor names and __metadata__; depth 2: a tensor's keys;
/// depth 3: its two arrays.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(SafetensorsHeader& header) : header_(header) {}
  const std::string& fault() const { return fault_; }

  bool null() override { return refuse("null where " + wanted()); }
  bool boolean(bool) override { return refuse("a boolean where " + wanted()); }
  bool number_integer(number_integer_t) override { return refuse("a negative number where " + wanted()); }
  bool number_float(number_float_t, const string_t&) override {
    return refuse("a fraction or huge number where " + wanted());
  }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (depth_ != 3) return refuse("a number where " + wanted());
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return refuse("a number over 63 bits");
    if (key_ == "shape") {
      if (entry().shape.size() == kMaxRank) return refuse("more than 16 dimensions");
      entry().shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (offsets_ == 2) return refuse("more than two data_offsets");
    (offsets_++ == 0 ? entry().begin : entry().end) = value;
    return true;
  }

  bool string(string_t& value) override {
    if (depth_ == 2 && in_metadata_) {
      header_.metadata[key_] = value;
      return true;
    }
    if (depth_ != 2 || key_ != "dtype") return refuse("a text where " + wanted());
    entry().dtype = value;
    return true;
  }

  bool start_object(std::size_t) override {
    if (array_ || depth_ >= 2) return refuse("an object where " + wanted());
    if (++depth_ == 1) return true;
    in_metadata_ = name_ == kSafetensorsMetadata;
    if (!in_metadata_) {
      header_.entries.push_back({.name = name_, .dtype = {}, .shape = {}});
      offsets_ = 0;
    }
    keys_.clear();
    return true;
  }

  bool key(string_t& value) override {
    if (depth_ == 1) {
      name_ = value;
      return names_.insert(value).second || refuse("the name comes twice");
    }
    key_ = value;
    if (!keys_.insert(value).second) return refuse("the key comes twice");
    const bool known = in_metadata_ || value == "dtype" || value == "shape" || value == "data_offsets";
    return known || refuse("an unknown key");
  }

  bool end_object() override {
    if (--depth_ == 0 || in_metadata_) return true;
    if (keys_.size() != 3 || offsets_ != 2) return refuse("dtype, shape and two data_offsets are wanted");
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || (key_ != "shape" && key_ != "data_offsets"))
      return refuse("an array where " + wanted());
    array_ = true;
    ++depth_;
    return true;
  }

  bool end_array() override {
    array_ = false;
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fault_ = "its header is not JSON in UTF-8 (byte " + std::to_string(position) + ")";
    return false;
  }

 private:
  SafetensorsEntry& entry() { return header_.entries.back(); }

  std::string wanted() const {
    if (depth_ == 0 || depth_ == 1) return "an object is wanted";
    if (depth_ == 3) return "a whole number is wanted";
    if (in_metadata_ || key_ == "dtype") return "a text is wanted";
    return "an array is wanted";
  }

  bool refuse(const std::string& what) {
    std::string place = depth_ >= 1 ? " of " + name_ : "";
    if (depth_ >= 2) place = ", key " + key_ + place;
    fault_ = "its header" + place.substr(0, 200) + ": " + what;
    return false;
  }

  SafetensorsHeader& header_;
  std::string fault_, name_, key_;
  std::set<std::string> names_, keys_;
  int depth_ = 0, offsets_ = 0;
  bool array_ = false, in_metadata_ = false;
};

std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kFailed, "a tensor's name or metadata is not UTF-8 and cannot be written");
  }
}

}  // namespace

std::size_t safetensors_element_bytes(std::string_view dtype) {
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  if (dtype == "BF16" || dtype == "F16" || dtype == "I16" || dtype == "U16") return 2;
  if (dtype == "U8" || dtype == "I8" || dtype == "BOOL") return 1;
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  return 0;
}

std::string parse_safetensors_header(std::string_view text, SafetensorsHeader& header) {
  if (text.empty() || text.front() != '{') return "its header does not start with '{'";
  // The JSON parser takes a zero byte for the end of its input.
  if (text.find('\0') != std::string_view::npos) return "its header holds a zero byte";
  HeaderReader reader(header);
  const bool parsed = nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  if (parsed) return {};
  return reader.fault().empty() ? "its header cannot be read" : reader.fault();
}

std::string print_safetensors_header(std::span<const SafetensorsEntry> entries,
                                     const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += quoted(std::string(kSafetensorsMetadata)) + ":{";
    for (const auto& [key, value] : metadata) text += quoted(key) + ":" + quoted(value) + ",";
    text.back() = '}';
    text += ',';
  }
  for (const SafetensorsEntry& entry : entries) {
    text += quoted(entry.name) + ":{\"dtype\":" + quoted(entry.dtype) + ",\"shape\":[";
    for (std::size_t i = 0; i < entry.shape.size(); ++i) text += (i ? "," : "") + std::to_string(entry.shape[i]);
    text += "],\"data_offsets\":[" + std::to_string(entry.begin) + "," + std::to_string(entry.end) + "]},";
  }
  if (text.back() == ',') text.pop_back();
  return text + "}";
}

}  // namespace unmask
