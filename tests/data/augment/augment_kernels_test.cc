#include "data/augment/augment_kernels.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/data/augment/drawn_crop.h"

namespace unmask {
namespace {

using test::augmented;
using test::drawn_crop;
using test::Floats;
using test::Pixels;

class AugmentKernelsTest : public testing::TestWithParam<InstructionSet> {
 protected:
  void TearDown() override { kernels_.force(kernels_.best()); }
  Dispatch<AugmentKernels>& kernels_ = augment_kernels();
};

TEST_P(AugmentKernelsTest, GiveTheSameBitsAsTheGenericPath) {
  if (!has(this_processor(), GetParam())) {
    EXPECT_FALSE(kernels_.force(GetParam()));  // not on this processor: it says so
    return;
  }
  AugmentDraw broken;  // a homography that nothing good comes from: not a number, infinite, far away
  broken.to_input = {0, 0, 0, 1e30, -1e30, 1e38, 1, -1, 0};
  for (const int px : {1, 2, 7, 8, 15, 16, 17, 33, 112, 224}) {
    for (std::uint32_t slot = 0; slot < 20; ++slot) {
      const Pixels rgb = drawn_crop(px, slot);
      const AugmentDraw draw = slot == 0 ? broken : draw_augmentation(AugmentOptions{}, px, 9, 1, slot);
      ASSERT_TRUE(kernels_.force(InstructionSet::kGeneric));
      const Floats wanted = augmented(rgb, px, draw);
      ASSERT_TRUE(kernels_.force(GetParam()));
      const Floats got = augmented(rgb, px, draw);
      ASSERT_EQ(std::memcmp(got.data(), wanted.data(), wanted.size() * sizeof(float)), 0) << px << ", slot " << slot;
      for (const float value : got) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, AugmentKernelsTest, testing::Values(InstructionSet::kAvx2, InstructionSet::kAvx512),
                         [](const auto& test) { return to_word(test.param); });

TEST(AugmentKernels, TheWidestSetThatThisProcessorHasIsTaken) {
  const Dispatch<AugmentKernels>& kernels = augment_kernels();
#if defined(__x86_64__)
  const InstructionSet wanted = this_processor().avx512 ? InstructionSet::kAvx512
                                : this_processor().avx2 ? InstructionSet::kAvx2
                                                        : InstructionSet::kGeneric;
#else
  const InstructionSet wanted = InstructionSet::kGeneric;
#endif
  EXPECT_EQ(kernels.best(), wanted);
  EXPECT_EQ(&kernels.chosen(), kernels.of(wanted));
}

}  // namespace
}  // namespace unmask
