#include "model/files/safetensors_header.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

std::string fault_of(std::string_view text) {
  SafetensorsHeader header;
  return parse_safetensors_header(text, header);
}

TEST(SafetensorsHeaderTest, WhatIsPrintedIsReadAgain) {
  const std::vector<SafetensorsEntry> entries = {{"conv1.weight", "F32", {64, 3, 7, 7}, 0, 37632},
                                                 {"scalar", "F64", {}, 37632, 37640}};
  const std::string text = print_safetensors_header(entries, {{"format", "pt"}, {"note", "a \"b\"\n"}});
  EXPECT_EQ(text, R"({"__metadata__":{"format":"pt","note":"a \"b\"\n"},)"
                  R"("conv1.weight":{"dtype":"F32","shape":[64,3,7,7],"data_offsets":[0,37632]},)"
                  R"("scalar":{"dtype":"F64","shape":[],"data_offsets":[37632,37640]}})");
  SafetensorsHeader header;
  ASSERT_EQ(parse_safetensors_header(text, header), "");
  EXPECT_EQ(header.metadata.at("note"), "a \"b\"\n");
  ASSERT_EQ(header.entries.size(), 2u);
  EXPECT_EQ(header.entries[0].name, "conv1.weight");
  EXPECT_EQ(header.entries[0].shape, (std::vector<std::int64_t>{64, 3, 7, 7}));
  EXPECT_EQ(header.entries[1].dtype, "F64");
  EXPECT_EQ(header.entries[1].begin, 37632u);
  EXPECT_EQ(header.entries[1].end, 37640u);
  EXPECT_EQ(print_safetensors_header({}, {}), "{}");
}

TEST(SafetensorsHeaderTest, EveryFaultIsNamedWithItsPlace) {
  const std::string good = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  ASSERT_EQ(fault_of(good), "");
  const std::pair<const char*, const char*> cases[] = {
      {"", "its header does not start with '{'"},
      {"[]", "its header does not start with '{'"},
      {R"({"a":)", "its header is not JSON in UTF-8 (byte 6)"},
      {R"({"a":1})", "its header of a: a number where an object is wanted"},
      {R"({"a":[]})", "its header of a: an array where an object is wanted"},
      {R"({"a":{"dtype":8}})", "its header, key dtype of a: a number where a text is wanted"},
      {R"({"a":{"shape":"1"}})", "its header, key shape of a: a text where an array is wanted"},
      {R"({"a":{"shape":[-1]}})", "its header, key shape of a: a negative number where a whole number is wanted"},
      {R"({"a":{"shape":[1.5]}})",
       "its header, key shape of a: a fraction or huge number where a whole number is wanted"},
      {R"({"a":{"shape":[[1]]}})", "its header, key shape of a: an array where a whole number is wanted"},
      {R"({"a":{"shape":[9223372036854775808]}})", "its header, key shape of a: a number over 63 bits"},
      {R"({"a":{"data_offsets":[0,1,2]}})", "its header, key data_offsets of a: more than two data_offsets"},
      {R"({"a":{"dtype":"U8","dtype":"U8"}})", "its header, key dtype of a: the key comes twice"},
      {R"({"a":{"type":"U8"}})", "its header, key type of a: an unknown key"},
      {R"({"__metadata__":{"n":1}})", "its header, key n of __metadata__: a number where a text is wanted"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(fault_of(text), wanted) << text;
  const std::string twice = good.substr(0, good.size() - 1) + "," + good.substr(1);
  EXPECT_EQ(fault_of(twice), "its header of a: the name comes twice");
  EXPECT_EQ(fault_of(std::string_view("{\0}", 3)), "its header holds a zero byte");
  EXPECT_NE(fault_of(R"({"a":{"dtype":"U8","shape":[1]}})").find("dtype, shape and two data_offsets are wanted"),
            std::string::npos);
  EXPECT_NE(fault_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})").find("two data_offsets are wanted"),
            std::string::npos);
}

TEST(SafetensorsHeaderTest, ATensorHasAtMostSixteenDimensions) {
  const auto of_rank = [](int rank) {
    std::string shape;
    for (int i = 0; i < rank; ++i) shape += i > 0 ? ",1" : "1";
    return R"({"a":{"dtype":"U8","shape":[)" + shape + R"(],"data_offsets":[0,1]}})";
  };
  EXPECT_EQ(fault_of(of_rank(16)), "");
  EXPECT_NE(fault_of(of_rank(17)).find("more than 16 dimensions"), std::string::npos);
}

// https://github.com/huggingface/safetensors: the dtypes that PyTorch writes.
TEST(SafetensorsHeaderTest, ElementsHaveTheSizesOfTheirTypes) {
  const std::pair<const char*, std::size_t> sizes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                                       {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};
  for (const auto& [dtype, bytes] : sizes) EXPECT_EQ(safetensors_element_bytes(dtype), bytes) << dtype;
  for (const char* unknown : {"", "f32", "F8_E4M3", "F32 "})
    EXPECT_EQ(safetensors_element_bytes(unknown), 0u) << unknown;
}

TEST(SafetensorsHeaderTest, TextThatIsNotUtf8CannotBeWritten) {
  const std::vector<SafetensorsEntry> bad = {{"\xFF", "U8", {1}, 0, 1}};
  EXPECT_THROW(print_safetensors_header(bad, {}), Error);
  EXPECT_THROW(print_safetensors_header({}, {{"note", "\xC3"}}), Error);
  EXPECT_EQ(print_safetensors_header({}, {{"note", "\xC3\xA9"}}), "{\"__metadata__\":{\"note\":\"\xC3\xA9\"}}");
}

}  // namespace
}  // namespace unmask
