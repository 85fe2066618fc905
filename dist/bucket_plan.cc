#include "dist/bucket_plan.h"

namespace unmask {

std::vector<Bucket> plan_buckets(std::span<const std::int64_t> elements, std::int64_t bucket_bytes) {
  constexpr std::int64_t kWireBytes = 8;
  std::vector<Bucket> buckets;
  bool open = false;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!open) buckets.push_back({.first = static_cast<int>(i), .count = 0, .elements = 0});
    Bucket& bucket = buckets.back();
    ++bucket.count;
    bucket.elements += elements[i];
    open = bucket.elements * kWireBytes < bucket_bytes;
  }
  return buckets;
}

}  // namespace unmask
