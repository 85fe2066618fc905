#include "base/instruction_set.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// The flags of the first processor, as the kernel tells them.
std::set<std::string> kernel_flags() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

std::string kernel_value(const std::string& name) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with(name) && line.find(':') != std::string::npos) return line.substr(line.find(':') + 2);
  }
  return "";
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

TEST(InstructionSet, ThisProcessorIsWhatTheKernelSaysAndTheVariablesAllow) {
  const std::set<std::string> flags = kernel_flags();
  if (flags.empty()) GTEST_FAIL() << "no flags in /proc/cpuinfo";
  Processor told;
  told.vendor = kernel_value("vendor_id");
  told.family = std::stoi(kernel_value("cpu family"));
  told.avx2 = flags.contains("avx2");
  told.avx512 = flags.contains("avx512f") && flags.contains("avx512bw") && flags.contains("avx512dq") &&
                flags.contains("avx512vl");
  told.avx512_bf16 = flags.contains("avx512_bf16");
  told.amx_bf16 = flags.contains("amx_bf16");
  const Processor wanted = held_back(told, variable("ATEN_CPU_CAPABILITY"), variable("ONEDNN_MAX_CPU_ISA"));
  const Processor& got = this_processor();
  EXPECT_EQ(got.vendor, wanted.vendor);
  EXPECT_EQ(got.family, wanted.family);
  EXPECT_EQ(got.avx2, wanted.avx2);
  EXPECT_EQ(got.avx512, wanted.avx512);
  EXPECT_EQ(got.avx512_bf16, wanted.avx512_bf16);
  EXPECT_EQ(got.amx_bf16, wanted.amx_bf16);
}

/// As Linux names them: family 0x19 with AVX-512 is Zen 4, 0x1A Zen 5; Intel's are all of family 6.
const Processor kZen3{"AuthenticAMD", 0x19, true, false, false, false};
const Processor kZen4{"AuthenticAMD", 0x19, true, true, true, false};
const Processor kZen5{"AuthenticAMD", 0x1A, true, true, true, false};
const Processor kSkylake{"GenuineIntel", 6, true, true, false, false};
const Processor kSapphireRapidsWithoutAmx{"GenuineIntel", 6, true, true, true, false};
const Processor kSapphireRapids{"GenuineIntel", 6, true, true, true, true};

TEST(InstructionSet, Bf16IsFasterWithAmxAndOnAmdFromZen4On) {
  EXPECT_TRUE(multiplies_bf16_faster(kZen4));
  EXPECT_TRUE(multiplies_bf16_faster(kZen5));
  EXPECT_TRUE(multiplies_bf16_faster(kSapphireRapids));
  EXPECT_FALSE(multiplies_bf16_faster(kZen3));
  EXPECT_FALSE(multiplies_bf16_faster(kSkylake));
  EXPECT_FALSE(multiplies_bf16_faster(kSapphireRapidsWithoutAmx));
  EXPECT_FALSE(multiplies_bf16_faster({}));
}

TEST(InstructionSet, WhatHoldsAtenAndOneDnnBackHoldsThisBack) {
  EXPECT_FALSE(held_back(kZen4, "avx2", "").avx512);
  EXPECT_TRUE(held_back(kZen4, "avx2", "").avx2);
  EXPECT_FALSE(held_back(kZen4, "default", "").avx2);
  EXPECT_TRUE(held_back(kZen4, "avx512", "").avx512);
  for (const char* level : {"AVX2", "avx2", "AVX512_CORE", "AVX512_CORE_VNNI"})
    EXPECT_FALSE(multiplies_bf16_faster(held_back(kZen4, "", level))) << level;
  EXPECT_TRUE(multiplies_bf16_faster(held_back(kZen4, "", "AVX512_CORE_BF16")));
  EXPECT_FALSE(multiplies_bf16_faster(held_back(kSapphireRapids, "", "AVX512_CORE_BF16")));
  EXPECT_TRUE(multiplies_bf16_faster(held_back(kSapphireRapids, "", "AVX512_CORE_AMX")));
}

TEST(InstructionSet, TheBestTableIsTakenAndAnotherByForce) {
  struct Kernels {
    int width;
  };
  static constexpr Kernels kOne{1}, kEight{8};
  Dispatch<Kernels> kernels(&kOne, &kEight, nullptr);  // a compiler that doesn't target AVX-512
  const bool avx2 = this_processor().avx2;
  EXPECT_EQ(kernels.chosen().width, avx2 ? 8 : 1);
  EXPECT_EQ(kernels.best(), avx2 ? InstructionSet::kAvx2 : InstructionSet::kGeneric);
  EXPECT_FALSE(kernels.force(InstructionSet::kAvx512));
  EXPECT_TRUE(kernels.force(InstructionSet::kGeneric));
  EXPECT_EQ(kernels.chosen().width, 1);
}

TEST(InstructionSet, WordsComeBack) {
  for (const InstructionSet set : kInstructionSets) EXPECT_EQ(from_word<InstructionSet>(to_word(set)), set);
  EXPECT_FALSE(from_word<InstructionSet>("sse"));
}

}  // namespace
}  // namespace unmask
