#include "model/files/safetensors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/philox.h"

namespace unmask {
namespace {

std::string temporary(const std::string& name) { return testing::TempDir() + "safetensors_test_" + name; }

std::span<const std::byte> as_span(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

/// Header and data as a file has them.
std::string with_length(const std::string& header, const std::string& data) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(header.size() >> (8 * i));
  return text + header + data;
}

struct Parsed {
  std::vector<TensorBytes> tensors;
  std::map<std::string, std::string> metadata;
};

Parsed parse(const std::string& file) {
  Parsed parsed;
  parse_safetensors(as_span(file), "a file", parsed.tensors, parsed.metadata);
  return parsed;
}

/// The message with which a file is refused; a test failure if it isn't.
std::string refusal(const std::string& file) {
  try {
    parse(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

const std::vector<float> kNumbers{1.5f, -2, 3, 4, 5, 6e30f};
const std::vector<std::int64_t> kCount{-7};

std::string small_file(const std::string& name) {
  const std::string path = temporary(name);
  const std::vector<TensorBytes> tensors{{"layer1.0.conv1.weight", "F32", {2, 3}, std::as_bytes(std::span(kNumbers))},
                                         {"nothing", "BF16", {0, 4}, {}},
                                         {"schritt \xC3\xBC\"\n", "I64", {}, std::as_bytes(std::span(kCount))}};
  write_safetensors(path, "1", tensors, {{"format", "unmask.model.1"}, {"train", "{\"step\": 3}"}});
  return path;
}

TEST(SafetensorsTest, ReadsWhatItWrote) {
  const SafetensorsFile file(small_file("round_trip"), SafetensorsFile::Digest::kRequired);
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.metadata().at("train"), "{\"step\": 3}");
  const TensorBytes* numbers = file.find("layer1.0.conv1.weight");
  ASSERT_NE(numbers, nullptr);
  EXPECT_EQ(numbers->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(std::memcmp(numbers->bytes.data(), kNumbers.data(), 24), 0);
  EXPECT_EQ(file.find("nothing")->bytes.size(), 0u);
  EXPECT_TRUE(file.find("schritt \xC3\xBC\"\n")->shape.empty());
  EXPECT_EQ(file.find("__digest__"), nullptr);
}

TEST(SafetensorsTest, EqualInputsGiveEqualBytes) {
  EXPECT_EQ(file_text(small_file("equal_a")), file_text(small_file("equal_b")));
}

TEST(SafetensorsTest, EveryFlippedByteIsFound) {
  const std::string whole = file_text(small_file("flip_source"));
  const std::string path = temporary("flip");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const unsigned char mask : {0x01, 0x80, 0xFF}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ mask);
      write_text(path, damaged);
      try {
        const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
        FAIL() << "byte " << i << " flipped by " << int{mask} << " was not found";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kData);
        EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
      }
    }
  }
}

TEST(SafetensorsTest, EveryTruncationAndEveryTailIsFound) {
  const std::string whole = file_text(small_file("cut_source"));
  const std::string path = temporary("cut");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_text(path, whole.substr(0, length));
    EXPECT_THROW(SafetensorsFile(path, SafetensorsFile::Digest::kRequired), Error) << length;
    EXPECT_THROW(SafetensorsFile(path, SafetensorsFile::Digest::kIfPresent), Error) << length;
  }
  write_text(path, whole + '\0');
  EXPECT_THROW(SafetensorsFile(path, SafetensorsFile::Digest::kRequired), Error);
}

TEST(SafetensorsTest, AFileWithoutDigestIsTakenOnlyWhereNoneIsWanted) {
  const std::string path = temporary("no_digest");
  write_text(path, with_length(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "xy"));
  EXPECT_EQ(SafetensorsFile(path, SafetensorsFile::Digest::kIfPresent).tensors().size(), 1u);
  EXPECT_THROW(SafetensorsFile(path, SafetensorsFile::Digest::kRequired), Error);
}

TEST(SafetensorsTest, AFolderAMissingFileAndAFifoAreRefused) {
  EXPECT_THROW(SafetensorsFile(testing::TempDir(), SafetensorsFile::Digest::kIfPresent), Error);
  EXPECT_THROW(SafetensorsFile(temporary("missing"), SafetensorsFile::Digest::kIfPresent), Error);
}

TEST(SafetensorsTest, HostileHeadersAreRefusedWithTheRuleBroken) {
  const std::string one = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  const struct {
    std::string header, data, wanted;
  } cases[] = {
      {"", "", "does not start with '{'"},
      {"[]", "", "does not start with '{'"},
      {" {}", "", "does not start with '{'"},
      {"{", "", "not JSON"},
      {"{}x", "", "not JSON"},
      {std::string("{}\0{", 4), "", "zero byte"},
      {"{\"\xC3\":{" + one + "}}", "abcd", "UTF-8"},
      {"{\"a\":{" + one + "},\"a\":{" + one + "}}", "abcd", "twice"},
      {R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd", "twice"},
      {R"({"__metadata__":{"k":"1","k":"2"}})", "", "twice"},
      {R"({"__metadata__":{"k":1}})", "", "a text is wanted"},
      {R"({"__metadata__":{"k":{"l":"m"}}})", "", "a text is wanted"},
      {R"({"__metadata__":[]})", "", "an object is wanted"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", "abcd", "data_offsets are wanted"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", "abcd", "data_offsets are wanted"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", "abcd", "more than two"},
      {R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", "abcd", "a whole number is wanted"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "abcd", "negative"},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", "abcd", "fraction"},
      {R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}})", "abcd", "fraction or huge"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", "abcd", "63 bits"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", "", "too large"},
      {R"({"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", "", "too large"},
      {R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", "abcd", "unknown dtype F31"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "abcd", "ranges must touch"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", "abcd", "leaves the file"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "abcd", "its shape says 8"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcde", "cut off or too long"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "abcd", "ranges must touch"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}})", "abcd", "unknown key"},
      {R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "a",
       "16 dimensions"},
  };
  for (const auto& hostile : cases) {
    const std::string message = refusal(with_length(hostile.header, hostile.data));
    EXPECT_NE(message.find(hostile.wanted), std::string::npos) << hostile.header << "\n" << message;
  }
}

TEST(SafetensorsTest, LengthsThatLeaveTheFileAreRefused) {
  for (const std::uint64_t length : {3ull, 100'000'001ull, 1ull << 62, ~0ull, ~0ull - 7}) {
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(length >> (8 * i));
    EXPECT_NE(refusal(file + "{}").find("its header says"), std::string::npos) << length;
  }
  EXPECT_NE(refusal("{}").find("wanted 8 or more"), std::string::npos);
}

TEST(SafetensorsTest, DeepNestingIsRefusedWithoutRecursion) {
  EXPECT_FALSE(refusal(with_length("{\"a\":" + std::string(1'000'000, '['), "")).empty());
  std::string objects;
  for (int i = 0; i < 300'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(refusal(with_length(objects, "")).empty());
}

TEST(SafetensorsTest, TensorsWithoutBytesMayShareAnOffset) {
  const Parsed parsed = parse(with_length(
      R"({"c":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},)"
      R"("a":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]},)"
      R"("d":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}   )",
      "xy"));
  std::string names;
  for (const TensorBytes& tensor : parsed.tensors) names += tensor.name;
  EXPECT_EQ(names, "acbd");
}

/// What an accepted file may look like: every range lies in the file and has the size that its shape says.
void expect_sound(const std::string& file) {
  Parsed parsed;
  try {
    parsed = parse(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return;
  }
  std::size_t total = 0;
  unsigned sum = 0;
  for (const TensorBytes& tensor : parsed.tensors) {
    total += tensor.bytes.size();
    for (const std::byte byte : tensor.bytes) sum += std::to_integer<unsigned>(byte);
  }
  EXPECT_LT(total, file.size());
  EXPECT_LE(sum, 255 * total);
}

TEST(SafetensorsTest, MutatedHeadersNeverCrash) {
  const std::string whole = file_text(small_file("mutate"));
  const std::size_t header_end = whole.size() - 24 - 8 - 16;
  const std::string words[] = {
      "{", "}", "[", "]", "\"", ",", ":", "0", "9", "-", "e9", "\\u0000", "null", "__digest__", "18446744073709551616"};
  Draws draws(1, DrawFor::kProbe);
  for (int round = 0; round < 30'000; ++round) {
    std::string file = whole;
    const std::uint32_t changes = 1 + draws.below(4);
    for (std::uint32_t change = 0; change < changes; ++change) {
      const std::size_t at = draws.below(static_cast<std::uint32_t>(header_end));
      switch (draws.below(5)) {
        case 0: file[at] = static_cast<char>(draws.below(256)); break;
        case 1: file[at] = static_cast<char>(file[at] ^ (1 << draws.below(8))); break;
        case 2: file.erase(at, 1 + draws.below(8)); break;
        case 3: file.insert(std::max<std::size_t>(at, 8), words[draws.below(std::size(words))]); break;
        default: file.insert(std::max<std::size_t>(at, 8), file.substr(at, 1 + draws.below(40))); break;
      }
    }
    // Half of the files say their true header length, so that the change is not refused for that alone.
    if (draws.below(2) == 0 && file.size() > 32) {
      const std::uint64_t length = file.size() - 8 - 48;
      for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(length >> (8 * i));
    }
    expect_sound(file);
  }
}

TEST(SafetensorsTest, WhatCannotBeWrittenIsRefused) {
  const std::string path = temporary("unwritable");
  const auto write = [&](const std::vector<TensorBytes>& tensors) { write_safetensors(path, "1", tensors, {}); };
  const auto bytes = std::as_bytes(std::span(kNumbers));
  EXPECT_THROW(write({{"a", "F32", {5}, bytes}}), Error);
  EXPECT_THROW(write({{"a", "F99", {6}, bytes}}), Error);
  EXPECT_THROW(write({{"a", "F32", {6}, bytes}, {"a", "F32", {6}, bytes}}), Error);
  EXPECT_THROW(write({{"__digest__", "F32", {6}, bytes}}), Error);
  EXPECT_THROW(write({{"\xFF", "F32", {6}, bytes}}), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(SafetensorsTest, PythonReadsOursAndWeReadPythons) {
  const std::string ours = small_file("ours"), theirs = temporary("theirs");
  const std::string command = std::string(UNMASK_PYTHON) + " " + UNMASK_SOURCE_DIR +
                              "/tests/model/files/safetensors_judge.py " + ours + " " + theirs;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  const SafetensorsFile file(theirs, SafetensorsFile::Digest::kIfPresent);
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.metadata().at("by"), "python");
  EXPECT_EQ(std::memcmp(file.find("numbers")->bytes.data(), kNumbers.data(), 24), 0);
  EXPECT_EQ(file.find("numbers")->shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(file.find("count")->dtype, "I64");
  EXPECT_EQ(file.find("empty")->shape, (std::vector<std::int64_t>{0, 3}));
}

}  // namespace
}  // namespace unmask
