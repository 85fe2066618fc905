#include "model/tensor_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <sys/mman.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <new>

#include "base/error.h"
#include "base/memory_limits.h"

namespace unmask {
namespace {

constexpr std::size_t kAlignment = 64;  // also the room before a block for its size
constexpr std::size_t kLarge = std::size_t{1} << 20;
constexpr std::size_t kPage = std::size_t{2} << 20;  // a huge page
constexpr std::size_t kMostBytes = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kSlack = std::size_t{64} << 20;

/// Large blocks by size. A block of up to a quarter more than is asked for will do.
class Blocks {
 public:
  explicit Blocks(MemoryLimits limits) : limits_(std::move(limits)) {}
  void* take(std::size_t bytes) {
    bytes = (bytes + kPage - 1) / kPage * kPage;
    const std::lock_guard lock(mutex_);
    const auto found = free_.lower_bound(bytes);
    if (found == free_.end() || found->first > bytes + bytes / 4) {
      void* fresh = map(bytes);
      in_use_ += bytes;
      most_in_use_ = std::max(most_in_use_, in_use_);
      return fresh;
    }
    void* block = found->second;
    in_use_ += found->first;
    most_in_use_ = std::max(most_in_use_, in_use_);
    free_.erase(found);
    return block;
  }

  void give_back(void* block) {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = size_of(block);
    in_use_ -= bytes;
    free_.emplace(bytes, block);
  }

  /// To the kernel. False: nothing is kept.
  bool unmap_kept() {
    const std::lock_guard lock(mutex_);
    const bool any = !free_.empty();
    while (!free_.empty()) unmap_largest();
    return any;
  }

  static std::size_t& size_of(void* block) { return *static_cast<std::size_t*>(block); }

 private:
  void* map(std::size_t bytes) {
    while (!free_.empty() && mapped_ + bytes > most_in_use_ + most_in_use_ / 4 + kSlack) unmap_largest();
    MemoryRoom room;
    const auto try_within_limits = [&] {
      room = limits_.room();
      return room.free_bytes >= static_cast<std::int64_t>(std::min(bytes, kMostBytes)) ? try_map(bytes) : nullptr;
    };
    void* block = try_within_limits();
    while (block == nullptr && !free_.empty()) {
      unmap_largest();
      block = try_within_limits();
    }
    if (block == nullptr) {
      throw Error(ErrorKind::kFailed,
                  "out of memory: " + std::to_string(bytes >> 20) + " MiB for a tensor, " +
                      std::to_string(in_use_ >> 20) +
                      " MiB in use: a smaller train.microbatch_size "
                      "or fewer ranks a machine take less; " +
                      room.text(),
                  Cause::kMemory);
    }
    mapped_ += bytes;
    size_of(block) = bytes;
    return block;
  }

  /// Aligned to a huge page, so that the kernel can use those.
  static void* try_map(std::size_t bytes) {
    char* raw = static_cast<char*>(
        ::mmap(nullptr, bytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    if (raw == MAP_FAILED) return nullptr;
    const std::size_t head = (kPage - reinterpret_cast<std::size_t>(raw) % kPage) % kPage;
    if (head > 0) ::munmap(raw, head);
    ::munmap(raw + head + bytes, kPage - head);
    ::madvise(raw + head, bytes, MADV_HUGEPAGE);
    return raw + head;
  }

  void unmap_largest() {
    const auto last = std::prev(free_.end());
    mapped_ -= last->first;
    ::munmap(last->second, last->first);
    free_.erase(last);
  }

  const MemoryLimits limits_;
  std::recursive_mutex mutex_;  // new may ask for what is kept in here, too
  std::multimap<std::size_t, void*> free_;
  std::size_t in_use_ = 0, most_in_use_ = 0, mapped_ = 0;
};

/// Never destroyed: tensors in static storage may outlive it.
Blocks* blocks = nullptr;

/// The size before a block says which kind it is: 0 for a small one.
void release(void* data) {
  if (data == nullptr) return;
  void* block = static_cast<char*>(data) - kAlignment;
  if (Blocks::size_of(block) == 0) {
    std::free(block);
  } else {
    blocks->give_back(block);
  }
}

/// What new finds no room for, kept blocks may have.
void make_room_for_new() {
  if (!blocks->unmap_kept()) throw std::bad_alloc();
}

class KeepingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* data = bytes == 0 ? nullptr : take(bytes);
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* target, const void* source, std::size_t bytes) const override {
    std::memcpy(target, source, bytes);
  }

 private:
  static void* take(std::size_t bytes) {
    const std::size_t whole = bytes + kAlignment;
    if (whole < bytes)
      throw Error(ErrorKind::kFailed, "out of memory: a tensor larger than the address space", Cause::kMemory);
    if (whole >= kLarge) return static_cast<char*>(blocks->take(whole)) + kAlignment;
    const std::size_t rounded = (whole + kAlignment - 1) / kAlignment * kAlignment;
    void* block = std::aligned_alloc(kAlignment, rounded);
    if (block == nullptr && blocks->unmap_kept()) block = std::aligned_alloc(kAlignment, rounded);
    if (block == nullptr) throw Error(ErrorKind::kFailed, "out of memory for a tensor", Cause::kMemory);
    Blocks::size_of(block) = 0;
    return static_cast<char*>(block) + kAlignment;
  }
};

}  // namespace

void keep_tensor_memory(const std::filesystem::path& root) {
  static const bool once = [&] {
    blocks = new Blocks(MemoryLimits(root));
    c10::SetCPUAllocator(new KeepingAllocator, 1);
    std::set_new_handler(make_room_for_new);
    return true;
  }();
  static_cast<void>(once);
}

void with_memory_errors(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::OutOfMemoryError& error) {
    throw Error(ErrorKind::kFailed, error.what(), Cause::kMemory);
  }
}

}  // namespace unmask
