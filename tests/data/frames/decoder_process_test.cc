#include "data/frames/decoder_process.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(DecoderProcessTest, IsFoundAboveTheTests) {
  EXPECT_EQ(decoder_executable().filename(), "unmask-decode");
  EXPECT_TRUE(std::filesystem::exists(decoder_executable()));
}

TEST(DecoderProcessTest, EndsWithItsOwner) {
  const DecoderOptions options;
  DecoderProcess child(options);
  EXPECT_TRUE(child.is_alive());
  EXPECT_EQ(child.slot(0).size(), slot_bytes(options.limits));
  EXPECT_EQ(child.slot(DecoderProcess::kSlots).data(), child.slot(0).data());
  child.lied("5 is 6");
  EXPECT_FALSE(child.is_alive());
  EXPECT_EQ(child.loss(), "the decoder told what can't be: 5 is 6");
  EXPECT_FALSE(child.receive(1));
  EXPECT_FALSE(child.send({}));
}

}  // namespace
}  // namespace unmask
