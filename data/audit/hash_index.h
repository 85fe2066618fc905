// Finds hashes that are near to a given one without looking at all: each is listed under its four bands of 16 bits, and
// a search looks under each band of its own hash and under the 16 values beside it. So all within 7 bits are found
// (Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012), and some beyond.
//
//   const HashIndex index(sketches, crops);
//   index.visit(hash, [&](std::uint32_t crop) { … });  // a crop may come several times
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "data/audit/crop_sketch.h"

namespace unmask {

class HashIndex {
 public:
  /// Of the hashes of these crops of `sketches`; 16 bytes a crop and a megabyte.
  HashIndex(std::span<const CropSketch> sketches, std::span<const std::uint32_t> crops) {
    for (int band = 0; band < kBands; ++band) {
      Table& table = tables_[static_cast<std::size_t>(band)];
      table.begins.assign(kValues + 1, 0);
      for (const std::uint32_t crop : crops) ++table.begins[value(sketches[crop].hash, band) + 1];
      for (std::size_t i = 0; i < kValues; ++i) table.begins[i + 1] += table.begins[i];
      std::vector<std::uint32_t> next(table.begins.begin(), table.begins.end() - 1);
      table.crops.resize(crops.size());
      for (const std::uint32_t crop : crops) table.crops[next[value(sketches[crop].hash, band)]++] = crop;
    }
  }

  /// THREAD: any.
  template <typename Visit>
  void visit(std::uint64_t hash, const Visit& visit) const {
    for (int band = 0; band < kBands; ++band) {
      const Table& table = tables_[static_cast<std::size_t>(band)];
      const std::size_t own = value(hash, band);
      visit_value(table, own, visit);
      for (int bit = 0; bit < kBandBits; ++bit) visit_value(table, own ^ (std::size_t{1} << bit), visit);
    }
  }

 private:
  static constexpr int kBands = 4, kBandBits = 16;
  static constexpr std::size_t kValues = std::size_t{1} << kBandBits;
  struct Table {
    std::vector<std::uint32_t> begins, crops;  // the crops of a value stand together
  };
  static std::size_t value(std::uint64_t hash, int band) { return hash >> (band * kBandBits) & (kValues - 1); }
  template <typename Visit>
  static void visit_value(const Table& table, std::size_t value, const Visit& visit) {
    for (std::uint32_t i = table.begins[value]; i < table.begins[value + 1]; ++i) visit(table.crops[i]);
  }
  std::array<Table, kBands> tables_;
};

}  // namespace unmask
