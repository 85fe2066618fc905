#include "base/instruction_set.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace unmask {
namespace {

constexpr int kZen4Family = 0x19;  // Zen 3 too, which has no AVX-512; Zen 5 is 0x1A

#if defined(__x86_64__)
/// As __builtin_cpu_supports("amx-bf16"), a name that clang 14 doesn't know: the processor has tiles and bf16 in them
/// (CPUID leaf 7), and the operating system saves them (bits 17 and 18 of XCR0).
bool has_amx_bf16() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  constexpr unsigned kSavesStates = 1U << 27, kBf16 = 1U << 22, kTiles = 1U << 24, kTileStates = 3U << 17;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kSavesStates) == 0) return false;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (edx & kBf16) == 0 || (edx & kTiles) == 0) return false;
  unsigned saved = 0, high = 0;
  asm volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  return (saved & kTileStates) == kTileStates;
}
#endif

Processor ask_processor() {
  Processor processor;
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __get_cpuid(0, &eax, &ebx, &ecx, &edx);
  char vendor[12];
  std::memcpy(vendor, &ebx, 4);
  std::memcpy(vendor + 4, &edx, 4);
  std::memcpy(vendor + 8, &ecx, 4);
  processor.vendor.assign(vendor, sizeof vendor);
  __get_cpuid(1, &eax, &ebx, &ecx, &edx);
  const int family = static_cast<int>(eax >> 8 & 15), extended = static_cast<int>(eax >> 20 & 255);
  processor.family = family == 15 ? family + extended : family;
  // These look at what the operating system saves, too.
  processor.avx2 = __builtin_cpu_supports("avx2");
  processor.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  processor.avx512_bf16 = processor.avx512 && __builtin_cpu_supports("avx512bf16");
  processor.amx_bf16 = processor.avx512 && has_amx_bf16();
#endif
  return processor;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Processor held_back(Processor processor, const std::string& aten, std::string onednn) {
  if (aten == "default") processor.avx2 = processor.avx512 = false;
  if (aten == "avx2") processor.avx512 = false;
  std::ranges::transform(onednn, onednn.begin(),
                         [](unsigned char c) { return std::tolower(c); });  // as oneDNN reads it
  const auto at_most = [&](std::initializer_list<const char*> levels) {
    return std::ranges::count(levels, onednn) > 0;
  };
  const bool no_bf16 = at_most({"sse41", "avx", "avx2", "avx2_vnni", "avx2_vnni_2", "avx512_core", "avx512_core_vnni"});
  const bool no_amx = no_bf16 || at_most({"avx512_core_bf16", "avx512_core_fp16", "avx10_1_512"});
  if (no_bf16) processor.avx512_bf16 = false;
  if (no_amx) processor.amx_bf16 = false;
  return processor;
}

const Processor& this_processor() {
  static const Processor processor =
      held_back(ask_processor(), variable("ATEN_CPU_CAPABILITY"), variable("ONEDNN_MAX_CPU_ISA"));
  return processor;
}

bool has(const Processor& processor, InstructionSet set) {
  if (set == InstructionSet::kAvx512) return processor.avx512;
  if (set == InstructionSet::kAvx2) return processor.avx2;
  return true;
}

bool multiplies_bf16_faster(const Processor& processor) {
  // images/s of a step at 224 px, products of bf16 against those of f32 that hold bf16 values:
  if (processor.amx_bf16) return true;  // 64 : 22
  // AMD from Zen 4 on: 33 : 17. Intel's AVX512-BF16 without AMX runs at less than f32's rate; AVX2 at a quarter of it.
  return processor.avx512_bf16 && processor.vendor == "AuthenticAMD" && processor.family >= kZen4Family;
}

}  // namespace unmask
