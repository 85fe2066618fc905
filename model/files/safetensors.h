// The safetensors file format, torch-free: 8-byte length, JSON header, tensor bytes. Rules: docs/formats.md.
// Files of ours end in a tensor `__digest__` (U8 [16]): XXH3-128 of every byte of the file before it.
//
//   const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
//   if (const TensorBytes* bias = file.find("fc.bias")) use(bias->shape, bias->bytes);
//   write_safetensors(target, "attempt-1", file.tensors(), file.metadata());
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/durable_file.h"

namespace unmask {

/// What `format` says in the metadata of a trained detector (model/files/model_file.h).
inline constexpr char kModelFormat[] = "unmask.model.1";
/// Metadata that a model file gets when it is chosen, its tensors unchanged: model/score/calibration.h, and the
/// XXH3-128 of the file before.
inline constexpr char kCalibrationKey[] = "calibration";
inline constexpr char kUncalibratedKey[] = "uncalibrated_digest";

struct TensorBytes {
  std::string name;
  std::string dtype;                 // "F32", "BF16", "F16", "F64", "I64", "I32", "U8", "BOOL"
  std::vector<std::int64_t> shape;   // row-major contiguous
  std::span<const std::byte> bytes;  // must remain live while used
};

/// A whole file, mapped and checked. THROWS Error(kData) naming the file and the rule broken.
/// Never trusts a number in it.
class SafetensorsFile {
 public:
  enum class Digest { kRequired, kIfPresent };
  SafetensorsFile(const std::filesystem::path& path, Digest digest);
  const std::vector<TensorBytes>& tensors() const { return tensors_; }  // without __digest__
  const TensorBytes* find(const std::string& name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  MappedFile file_;
  std::vector<TensorBytes> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Parses the bytes of a file (the fuzz target). `name` is used in messages only.
void parse_safetensors(std::span<const std::byte> file, const std::string& name, std::vector<TensorBytes>& tensors,
                       std::map<std::string, std::string>& metadata);

/// Writes durably (temporary name with `tag`, sync, rename). Tensors in the order given, digest last.
/// Equal inputs give equal bytes.
void write_safetensors(const std::filesystem::path& target, const std::string& tag,
                       std::span<const TensorBytes> tensors, const std::map<std::string, std::string>& metadata);

}  // namespace unmask
