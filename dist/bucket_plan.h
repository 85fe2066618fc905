// Which gradients travel together: a pure function of sizes in the order in which backward finishes them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

struct Bucket {
  int first = 0, count = 0;  // positions in the finishing order
  std::int64_t elements = 0;
};

/// Greedy: a bucket closes when its wire bytes (8 an element) reach `bucket_bytes`.
/// Never empty; covers all positions in order.
std::vector<Bucket> plan_buckets(std::span<const std::int64_t> elements, std::int64_t bucket_bytes);

}  // namespace unmask
