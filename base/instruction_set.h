// What this processor can do: the one place that asks it. Our own kernels are built once for each instruction set, with
// the same bits; the ways to multiply bf16 give different bits, and a table of processors names the faster one.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>

#include "base/words.h"

namespace unmask {

enum class InstructionSet { kGeneric, kAvx2, kAvx512 };  // kAvx512: F, BW, DQ and VL
inline constexpr std::array kInstructionSets = {InstructionSet::kGeneric, InstructionSet::kAvx2,
                                                InstructionSet::kAvx512};

constexpr auto words_of(InstructionSet) {
  using enum InstructionSet;
  return std::to_array<Word<InstructionSet>>({{"generic", kGeneric}, {"avx2", kAvx2}, {"avx512", kAvx512}});
}

struct Processor {
  std::string vendor;  // as CPUID has it: "GenuineIntel", "AuthenticAMD"; empty where there is none
  int family = 0;      // extended family included: 0x19 is AMD's Zen 3 and 4
  bool avx2 = false, avx512 = false;
  bool avx512_bf16 = false, amx_bf16 = false;
};

/// As far as it may be used: ATEN_CPU_CAPABILITY and ONEDNN_MAX_CPU_ISA, which hold ATen and oneDNN back, hold this
/// back too, so that a whole process behaves as on a smaller processor. Read once.
const Processor& this_processor();
/// The same from its parts, for tests. `aten`, `onednn`: the variables' values, empty = not set.
Processor held_back(Processor processor, const std::string& aten, std::string onednn);

bool has(const Processor& processor, InstructionSet set);

/// Does this processor multiply bf16 faster than it multiplies f32? A table of what was measured (docs/benchmarks.md,
/// bench/arithmetic.sh), never a timing: bits depend on it.
bool multiplies_bf16_faster(const Processor& processor);

/// What picks a kernel: one table of functions per instruction set, null where the compiler doesn't target it.
template <typename Kernels>
class Dispatch {
 public:
  Dispatch(const Kernels* generic, const Kernels* avx2, const Kernels* avx512)
      : tables_{generic, avx2, avx512}, chosen_(of(best())) {}
  /// Null where this build or this processor has none.
  const Kernels* of(InstructionSet set) const {
    return has(this_processor(), set) ? tables_[static_cast<std::size_t>(set)] : nullptr;
  }
  InstructionSet best() const {
    for (const InstructionSet set : {InstructionSet::kAvx512, InstructionSet::kAvx2}) {
      if (of(set) != nullptr) return set;
    }
    return InstructionSet::kGeneric;
  }
  /// Those of the best, or what was forced.
  const Kernels& chosen() const { return *chosen_.load(std::memory_order_relaxed); }
  /// For tests and benches: what chosen() returns from now on in this process. False where of(set) is null.
  bool force(InstructionSet set) {
    if (of(set) == nullptr) return false;
    chosen_ = of(set);
    return true;
  }

 private:
  std::array<const Kernels*, kInstructionSets.size()> tables_;
  std::atomic<const Kernels*> chosen_;
};

}  // namespace unmask
