#include "model/files/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

#include "base/digest.h"
#include "base/error.h"
#include "model/files/safetensors_header.h"

namespace unmask {
namespace {

constexpr std::size_t kMaxHeaderBytes = 100'000'000;
constexpr std::string_view kDigestName = "__digest__";

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw Error(ErrorKind::kData, file + ": not a whole safetensors file: " + what);
}

/// Bytes that a tensor of this shape takes; nothing if the number doesn't fit. Dimensions of zero don't hide the
/// others: strides are computed from those.
std::optional<std::uint64_t> byte_count(std::span<const std::int64_t> shape, std::size_t element_bytes) {
  std::uint64_t nonzero = element_bytes;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent == 0) {
      empty = true;
    } else if (extent < 0 || __builtin_mul_overflow(nonzero, static_cast<std::uint64_t>(extent), &nonzero) ||
               nonzero > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return std::nullopt;
    }
  }
  return empty ? 0 : nonzero;
}

/// The ranges must tile the data: start at 0, touch, end at the file's end.
void check_ranges(const std::vector<SafetensorsEntry>& entries, std::size_t data_bytes, const std::string& name) {
  std::uint64_t end = 0;
  for (const SafetensorsEntry& entry : entries) {
    const std::size_t element = safetensors_element_bytes(entry.dtype);
    if (element == 0) refuse(name, "tensor " + entry.name + " has the unknown dtype " + entry.dtype);
    const auto wanted = byte_count(entry.shape, element);
    if (!wanted) refuse(name, "the shape of tensor " + entry.name + " is too large");
    if (entry.begin != end) {
      refuse(name, "tensor " + entry.name + " starts at byte " + std::to_string(entry.begin) + ", wanted " +
                       std::to_string(end) + " (ranges must touch)");
    }
    if (entry.end < entry.begin || entry.end > data_bytes) {
      refuse(name, "the range of tensor " + entry.name + " leaves the file");
    }
    if (entry.end - entry.begin != *wanted) {
      refuse(name, "tensor " + entry.name + " holds " + std::to_string(entry.end - entry.begin) +
                       " bytes, its shape says " + std::to_string(*wanted));
    }
    end = entry.end;
  }
  if (end != data_bytes) {
    refuse(name, "the tensors end at byte " + std::to_string(end) + " of " + std::to_string(data_bytes) +
                     " (cut off or too long)");
  }
}

std::uint64_t read_header_length(std::span<const std::byte> file, const std::string& name) {
  if (file.size() < 8) refuse(name, "it has " + std::to_string(file.size()) + " bytes, wanted 8 or more");
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | std::to_integer<std::uint64_t>(file[static_cast<std::size_t>(i)]);
  const std::uint64_t limit = std::min<std::uint64_t>(kMaxHeaderBytes, file.size() - 8);
  if (length > limit) {
    refuse(name,
           "its header says " + std::to_string(length) + " bytes, at most " + std::to_string(limit) + " are possible");
  }
  return length;
}

std::string header_text(std::span<const TensorBytes> tensors, const std::map<std::string, std::string>& metadata) {
  std::vector<SafetensorsEntry> entries;
  std::set<std::string> seen;
  std::uint64_t offset = 0;
  for (const TensorBytes& tensor : tensors) {
    const std::size_t element = safetensors_element_bytes(tensor.dtype);
    const bool fits = element != 0 && byte_count(tensor.shape, element) == tensor.bytes.size();
    const bool reserved = tensor.name == kDigestName || tensor.name == kSafetensorsMetadata;
    if (!fits || reserved || !seen.insert(tensor.name).second) {
      throw Error(ErrorKind::kFailed,
                  "tensor " + tensor.name + " cannot be written: its dtype, size or name is not possible");
    }
    entries.push_back({tensor.name, tensor.dtype, tensor.shape, offset, offset + tensor.bytes.size()});
    offset += tensor.bytes.size();
  }
  entries.push_back({std::string(kDigestName), "U8", {16}, offset, offset + 16});
  std::string text = print_safetensors_header(entries, metadata);
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

void parse_safetensors(std::span<const std::byte> file, const std::string& name, std::vector<TensorBytes>& tensors,
                       std::map<std::string, std::string>& metadata) {
  const std::uint64_t length = read_header_length(file, name);
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, length);
  SafetensorsHeader header;
  if (const std::string fault = parse_safetensors_header(text, header); !fault.empty()) refuse(name, fault);
  // A tensor of no bytes comes before the one that starts at the same byte.
  std::stable_sort(header.entries.begin(), header.entries.end(),
                   [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  const auto data = file.subspan(8 + length);
  check_ranges(header.entries, data.size(), name);
  tensors.clear();
  for (SafetensorsEntry& entry : header.entries) {
    tensors.push_back({std::move(entry.name), std::move(entry.dtype), std::move(entry.shape),
                       data.subspan(entry.begin, entry.end - entry.begin)});
  }
  metadata = std::move(header.metadata);
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path, Digest digest) : file_(path) {
  const std::string name = path.string();
  parse_safetensors(file_.bytes(), name, tensors_, metadata_);
  if (tensors_.empty() || tensors_.back().name != kDigestName) {
    if (digest == Digest::kRequired)
      refuse(name, "its last tensor is not __digest__ (damaged, or not written by unmask)");
    if (find(std::string(kDigestName)) != nullptr) refuse(name, "__digest__ is not its last tensor");
    return;
  }
  const TensorBytes& last = tensors_.back();
  const auto bytes = file_.bytes();
  if (last.dtype != "U8" || last.shape != std::vector<std::int64_t>{16}) refuse(name, "__digest__ is not U8 [16]");
  const Digest128 wanted = digest128(bytes.first(bytes.size() - 16));
  if (!std::equal(wanted.begin(), wanted.end(), last.bytes.begin())) {
    refuse(name, "its digest does not match its bytes (damaged)");
  }
  tensors_.pop_back();
}

const TensorBytes* SafetensorsFile::find(const std::string& name) const {
  const auto found = std::ranges::find(tensors_, name, &TensorBytes::name);
  return found == tensors_.end() ? nullptr : &*found;
}

void write_safetensors(const std::filesystem::path& target, const std::string& tag,
                       std::span<const TensorBytes> tensors, const std::map<std::string, std::string>& metadata) {
  const std::string header = header_text(tensors, metadata);
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(std::uint64_t{header.size()} >> (8 * i));
  DurableFile file(target, tag);
  Digest128Stream stream;
  const auto put = [&](std::span<const std::byte> bytes) {
    file.write(bytes);
    stream.update(bytes);
  };
  put(length);
  put(std::as_bytes(std::span(header)));
  for (const TensorBytes& tensor : tensors) put(tensor.bytes);
  file.write(stream.digest());
  file.commit();
}

}  // namespace unmask
