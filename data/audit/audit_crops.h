// All crops of the stores of an audit, numbered one after another, and the videos that they are of.
//
//   const AuditCrops crops(find_audit_stores({"stores"}));
//   std::vector<std::uint8_t> rgb;
//   crops.read(0, rgb);                          // the first crop of the first store
//   crops.videos()[crops.video_of()[0]].name();  // "base/train real 000"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/audit/audit_stores.h"
#include "data/store/crop_store.h"

namespace unmask {

/// The frames of a video that have one label and show one person, in one store.
struct AuditVideo {
  std::string dataset, key, target, source;  // key: video_key(); identities "" where unknown
  Split split = Split::kTrain;
  std::uint8_t label = 0;
  std::string name() const { return dataset + "/" + to_word(split) + " " + key; }
  /// Both are known to show one person, as target or as source.
  bool shares_person(const AuditVideo& other) const;
};

/// Kept of every crop: 8 bytes. THREAD: one.
class AuditCrops {
 public:
  /// Opens the stores. THROWS Error(kData).
  explicit AuditCrops(const std::vector<AuditStore>& stores);
  std::size_t size() const { return places_.size(); }
  /// Of each crop the index of its video.
  const std::vector<std::uint32_t>& video_of() const { return video_of_; }
  const std::vector<AuditVideo>& videos() const { return videos_; }
  const std::vector<CropStore>& stores() const { return stores_; }
  FrameInfo frame(std::size_t crop) const;
  int crop_px(std::size_t crop) const { return stores_[places_[crop].store].crop_px(); }
  /// Bytes of the record; nothing for a raw one, whose size says nothing.
  std::uint64_t jpeg_bytes(std::size_t crop) const;
  /// Resizes `rgb` to it. THROWS Error as CropStore::read.
  void read(std::size_t crop, std::vector<std::uint8_t>& rgb) const;
  void forget(std::size_t crop) const { stores_[places_[crop].store].forget(places_[crop].row); }

 private:
  struct Place {
    std::uint32_t store, row;
  };
  void add_store(std::uint32_t number, const AuditStore& store);
  std::vector<CropStore> stores_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> video_of_;
  std::vector<AuditVideo> videos_;
};

}  // namespace unmask
