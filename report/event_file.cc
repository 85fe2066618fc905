#include "report/event_file.h"

#include <bit>
#include <cstdlib>

#include <boost/crc.hpp>
#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using nlohmann::json;

/// Fields of one message, in the order in which they are added.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
    return *this;
  }
  Message& real(int field, double value) { return fixed(field, 1, std::bit_cast<std::uint64_t>(value), 8); }
  Message& single(int field, float value) { return fixed(field, 5, std::bit_cast<std::uint32_t>(value), 4); }
  Message& text(int field, std::string_view value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  Message& fixed(int field, int type, std::uint64_t bits, int width) {
    varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(type));
    for (int i = 0; i < width; ++i) bytes_ += static_cast<char>(bits >> (8 * i));
    return *this;
  }
  std::string bytes_;
};

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// Of a PNG's first chunk: the width stands at 16, the height at 20.
std::uint64_t png_number(std::string_view png, std::size_t at) {
  std::uint64_t number = 0;
  for (const char byte : png.substr(at, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

/// As records carry it: turned and moved, since a CRC over data that holds its own CRC is weak.
std::string masked_crc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;  // CRC32C
  crc.process_bytes(bytes.data(), bytes.size());
  return little_endian(std::rotr(static_cast<std::uint32_t>(crc.checksum()), 15) + 0xA282EAD8u, 4);
}

Message event(double wall_s, std::int64_t step) {
  Message event;
  event.real(1, wall_s);
  if (step != 0) event.number(2, static_cast<std::uint64_t>(step));
  return event;
}

/// TOML texts of single values are JSON as well; what isn't is text.
json plain_value(const std::string& toml) {
  const json value = json::parse(toml, nullptr, false);
  return !value.is_discarded() && value.is_primitive() && !value.is_null() ? value : json(toml);
}

/// google.protobuf.Value
Message value_message(const std::string& toml) {
  const json value = plain_value(toml);
  Message message;
  if (value.is_boolean()) return message.number(4, value.get<bool>() ? 1 : 0);
  if (value.is_number()) return message.real(2, value.get<double>());
  return message.text(3, value.get<std::string>());
}

enum DataType { kText = 1, kBool = 2, kNumber = 3 };

DataType type_of(const SpaceKey& key) {
  if (key.kind != SpaceKey::Kind::kChoice) return kNumber;
  DataType type = kText;
  for (const std::string& choice : key.choices) {
    const json value = plain_value(choice);
    const DataType here = value.is_boolean() ? kBool : value.is_number() ? kNumber : kText;
    if (&choice != &key.choices.front() && here != type) return kText;
    type = here;
  }
  return type;
}

Message hparam_info(const SpaceKey& key) {
  Message info;
  info.text(1, key.key).number(4, type_of(key));
  if (key.kind == SpaceKey::Kind::kChoice) {
    Message list;
    for (const std::string& choice : key.choices) list.message(1, value_message(choice));
    return info.message(5, list);
  }
  return info.message(6, Message().real(1, key.low).real(2, key.high));
}

Message experiment_message(const HparamsSession& session) {
  Message experiment;
  for (const auto& [key, value] : session.hparams) experiment.message(4, hparam_info(key));
  for (const auto& [tag, name] : session.metrics)
    experiment.message(5, Message().message(1, Message().text(2, tag)).text(3, name));
  return experiment.text(6, session.experiment);
}

Message start_message(double wall_s, const HparamsSession& session) {
  Message start;
  for (const auto& [key, value] : session.hparams)
    start.message(1, Message().text(1, key.key).message(2, value_message(value)));
  return start.text(4, session.trial).real(5, wall_s);
}

/// A value of a summary that only the HParams page looks at.
Message hparams_value(const char* tag, int field, const Message& content) {
  const Message data = Message().text(1, "hparams").text(2, Message().message(field, content).bytes());
  return Message().text(1, tag).message(9, Message().message(1, data));
}

}  // namespace

std::string event_record(std::string_view event) {
  const std::string length = little_endian(event.size(), 8);
  std::string record = length + masked_crc(length);
  record += event;
  return record + masked_crc(event);
}

std::string first_event(double wall_s) { return event(wall_s, 0).text(3, "brain.Event:2").bytes(); }

std::string scalars_event(double wall_s, std::int64_t step,
                          const std::vector<std::pair<std::string, double>>& scalars) {
  Message summary;
  for (const auto& [tag, value] : scalars)
    summary.message(1, Message().text(1, tag).single(2, static_cast<float>(value)));
  return event(wall_s, step).message(5, summary).bytes();
}

std::string pictures_event(double wall_s, std::int64_t step,
                           const std::vector<std::pair<std::string, std::string>>& pictures) {
  constexpr std::uint64_t kRgb = 3;
  Message summary;
  for (const auto& [tag, png] : pictures) {
    Message image;
    image.number(1, png_number(png, 20)).number(2, png_number(png, 16)).number(3, kRgb).text(4, png);
    summary.message(1, Message().text(1, tag).message(4, image));
  }
  return event(wall_s, step).message(5, summary).bytes();
}

std::string hparams_event(double wall_s, const HparamsSession& session) {
  Message summary;
  summary.message(1, hparams_value("_hparams_/experiment", 2, experiment_message(session)));
  summary.message(1, hparams_value("_hparams_/session_start_info", 3, start_message(wall_s, session)));
  return event(wall_s, 0).message(5, summary).bytes();
}

std::string session_end_event(double wall_s, bool well) {
  const Message end = Message().number(1, well ? 1 : 2).real(2, wall_s);
  return event(wall_s, 0).message(5, Message().message(1, hparams_value("_hparams_/session_end_info", 4, end))).bytes();
}

}  // namespace unmask
