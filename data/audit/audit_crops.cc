#include "data/audit/audit_crops.h"

#include <map>
#include <tuple>

#include "data/audit/split_census.h"

namespace unmask {

bool AuditVideo::shares_person(const AuditVideo& other) const {
  const auto is_in = [](const std::string& person, const AuditVideo& video) {
    return !person.empty() && (person == video.target || person == video.source);
  };
  return is_in(target, other) || is_in(source, other);
}

AuditCrops::AuditCrops(const std::vector<AuditStore>& stores) {
  for (const AuditStore& store : stores) {
    stores_.emplace_back(store.file);
    add_store(static_cast<std::uint32_t>(stores_.size() - 1), store);
  }
}

void AuditCrops::add_store(std::uint32_t number, const AuditStore& store) {
  const CropStore& crops = stores_[number];
  std::map<std::tuple<std::string, std::string_view, std::string_view, std::uint8_t>, std::uint32_t> known;
  VideoNames last;
  std::uint8_t last_label = 0;
  std::uint32_t video = 0;
  for (std::size_t row = 0; row < crops.size(); ++row) {
    if (!crops.has_crop(row)) continue;
    const VideoNames names = crops.video_names(row);
    if (known.empty() || names != last || crops.label(row) != last_label) {
      last = names, last_label = crops.label(row);
      const auto [at, is_new] = known.try_emplace(
          {video_key(names), names.target_identity, names.source_identity, last_label}, videos_.size());
      if (is_new) {
        videos_.push_back({store.dataset, video_key(names), std::string(names.target_identity),
                           std::string(names.source_identity), store.split, last_label});
      }
      video = at->second;
    }
    places_.push_back({number, static_cast<std::uint32_t>(row)});
    video_of_.push_back(video);
  }
}

FrameInfo AuditCrops::frame(std::size_t crop) const { return stores_[places_[crop].store].frame(places_[crop].row); }

std::uint64_t AuditCrops::jpeg_bytes(std::size_t crop) const {
  const CropStore& store = stores_[places_[crop].store];
  return store.encoding() == CropEncoding::kRaw ? 0 : store.record_bytes(places_[crop].row);
}

void AuditCrops::read(std::size_t crop, std::vector<std::uint8_t>& rgb) const {
  const auto px = static_cast<std::size_t>(crop_px(crop));
  rgb.resize(px * px * 3);
  stores_[places_[crop].store].read(places_[crop].row, rgb);
}

}  // namespace unmask
