#include "data/store/crop_store.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

using test::bytes_of;
using test::frame_of_row;
using test::smooth_crop;
using test::TemporaryFolder;
using test::write_bytes;
using test::write_store;

std::string open_fault(const std::filesystem::path& file) {
  try {
    const CropStore store(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
    return error.what();
  }
  return "";
}

/// The fault of opening or of reading any record; "" if all of it reads.
std::string any_fault(const std::filesystem::path& file) {
  try {
    const CropStore store(file);
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(store.crop_px()) *
                                  static_cast<std::size_t>(store.crop_px()) * 3);
    for (std::size_t row = 0; row < store.size(); ++row) {
      store.frame(row);
      if (store.has_crop(row)) store.read(row, rgb);
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
    return error.what();
  }
  return "";
}

void expect_same(const FrameInfo& got, const FrameInfo& wanted) {
  EXPECT_EQ(got.label, wanted.label);
  EXPECT_EQ(got.dataset, wanted.dataset);
  EXPECT_EQ(got.method, wanted.method);
  EXPECT_EQ(got.compression, wanted.compression);
  EXPECT_EQ(got.video, wanted.video);
  EXPECT_EQ(got.target_identity, wanted.target_identity);
  EXPECT_EQ(got.source_identity, wanted.source_identity);
  EXPECT_EQ(got.split, wanted.split);
  EXPECT_EQ(got.frame, wanted.frame);
  EXPECT_EQ(got.box, wanted.box);
  EXPECT_EQ(got.detector, wanted.detector);
  EXPECT_EQ(got.status, wanted.status);
  EXPECT_EQ(got.source, wanted.source);
  EXPECT_EQ(got.source_digest, wanted.source_digest);
  EXPECT_EQ(got.source_bytes, wanted.source_bytes);
  EXPECT_EQ(got.time_us, wanted.time_us);
  EXPECT_EQ(got.frame_width, wanted.frame_width);
  EXPECT_EQ(got.frame_height, wanted.frame_height);
  EXPECT_EQ(got.track, wanted.track);
  EXPECT_EQ(got.detector_score, wanted.detector_score);
}

TEST(CropStore, GivesBackEveryFieldAndEveryPixel) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "train.crops";
  write_store(file, 10, 20, CropEncoding::kRaw, "augment", Split::kCalibration);
  const CropStore store(file);
  ASSERT_EQ(store.size(), 10u);
  EXPECT_EQ(store.crop_px(), 20);
  EXPECT_EQ(store.encoding(), CropEncoding::kRaw);
  EXPECT_EQ(store.preprocessing_json(), R"({"detector":"dlib_hog","box_scale":1.3})");
  std::vector<std::uint8_t> rgb(20 * 20 * 3);
  for (std::uint32_t row = 0; row < 10; ++row) {
    expect_same(store.frame(row), frame_of_row(row, "augment", Split::kCalibration));
    EXPECT_EQ(store.label(row), row % 2);
    EXPECT_EQ(store.split(row), Split::kCalibration);
    ASSERT_EQ(store.has_crop(row), row % 4 != 3);
    if (!store.has_crop(row)) continue;
    store.read(row, rgb);
    EXPECT_EQ(rgb, smooth_crop(20, row));
  }
}

// version1.crops was written by the last program that wrote version 1: the example that docs/formats.md then showed.
TEST(CropStore, AStoreOfVersion1OpensUnchangedAndKnowsNothingOfItsSources) {
  const CropStore store(std::filesystem::path(UNMASK_SOURCE_DIR) / "tests/data/store/version1.crops");
  EXPECT_EQ(to_hex(store.fingerprint()), "546161194a509ee6bc01535326ebb1f0");
  EXPECT_EQ(store.preprocessing_json(), R"({"crop_px":2})");
  EXPECT_FALSE(store.is_view());
  ASSERT_EQ(store.size(), 2u);
  FrameInfo wanted;
  wanted.label = 1;
  wanted.dataset = "base", wanted.method = "face2face", wanted.compression = "c23", wanted.video = "000_003";
  wanted.target_identity = "000", wanted.source_identity = "003";
  wanted.split = Split::kVal;
  wanted.frame = 6;
  wanted.box = {10, 20, 130, 130};
  wanted.detector = "dlib_hog";
  expect_same(store.frame(0), wanted);
  std::vector<std::uint8_t> rgb(12);
  store.read(0, rgb);
  EXPECT_EQ(rgb, (std::vector<std::uint8_t>{255, 0, 0, 0, 255, 0, 0, 0, 255, 128, 128, 128}));
  wanted.frame = 9;
  wanted.box = {};
  wanted.status = FrameStatus::kNoFace;
  expect_same(store.frame(1), wanted);
  EXPECT_FALSE(store.has_crop(1));
}

TEST(CropStore, JpegCropsComeBackCloseAndSmaller) {
  const TemporaryFolder folder;
  write_store(folder.path() / "raw.crops", 8, 96, CropEncoding::kRaw);
  write_store(folder.path() / "jpeg.crops", 8, 96, CropEncoding::kJpeg95);
  EXPECT_LT(bytes_of(folder.path() / "jpeg.crops").size(), bytes_of(folder.path() / "raw.crops").size());
  const CropStore store(folder.path() / "jpeg.crops");
  EXPECT_EQ(store.encoding(), CropEncoding::kJpeg95);
  std::vector<std::uint8_t> rgb(96 * 96 * 3);
  store.read(2, rgb);
  const auto original = smooth_crop(96, 2);
  double difference = 0;
  for (std::size_t i = 0; i < rgb.size(); ++i) difference += std::abs(int{rgb[i]} - int{original[i]});
  EXPECT_LT(difference / static_cast<double>(rgb.size()), 4.0);
  EXPECT_NE(rgb, original);
}

TEST(CropStore, FingerprintFollowsContentAndNotPath) {
  const TemporaryFolder folder;
  write_store(folder.path() / "a.crops", 4, 16);
  write_store(folder.path() / "moved" / "a.crops", 4, 16);
  write_store(folder.path() / "other.crops", 4, 16, CropEncoding::kRaw, "augment");
  const Digest128 first = CropStore(folder.path() / "a.crops").fingerprint();
  EXPECT_EQ(first, CropStore(folder.path() / "moved" / "a.crops").fingerprint());
  EXPECT_NE(first, CropStore(folder.path() / "other.crops").fingerprint());
}

TEST(CropStore, AStoreWithoutRowsIsWhole) {
  const TemporaryFolder folder;
  write_store(folder.path() / "empty.crops", 0, 16);
  EXPECT_EQ(CropStore(folder.path() / "empty.crops").size(), 0u);
}

TEST(CropStore, ReadOfARowWithoutCropIsAnErrorAndNotACrash) {
  const TemporaryFolder folder;
  write_store(folder.path() / "a.crops", 4, 16);
  const CropStore store(folder.path() / "a.crops");
  std::vector<std::uint8_t> rgb(16 * 16 * 3);
  EXPECT_THROW(store.read(3, rgb), Error);
  EXPECT_THROW(store.read(4, rgb), Error);
  EXPECT_THROW(store.read(0, std::span(rgb).first(10)), Error);
}

class CropStoreThatIsHostile : public testing::TestWithParam<CropEncoding> {};

TEST_P(CropStoreThatIsHostile, EveryFlippedByteIsNamed) {
  const TemporaryFolder folder;
  const auto good = folder.path() / "good.crops", bad = folder.path() / "bad.crops";
  write_store(good, 5, 8, GetParam());
  const std::string bytes = bytes_of(good);
  ASSERT_EQ(any_fault(good), "");
  std::filesystem::copy_file(good, bad);
  std::fstream file(bad, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&file](std::size_t at, int byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte)).flush();
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    put(i, bytes[i] ^ (1 << i % 8));
    ASSERT_NE(any_fault(bad), "") << "byte " << i << " of " << bytes.size();
    put(i, bytes[i]);
  }
  EXPECT_EQ(any_fault(bad), "");
}

TEST_P(CropStoreThatIsHostile, EveryLengthCutOffIsNamedAtOpening) {
  const TemporaryFolder folder;
  const auto good = folder.path() / "good.crops", bad = folder.path() / "bad.crops";
  write_store(good, 5, 8, GetParam());
  const std::string bytes = bytes_of(good);
  write_bytes(bad, bytes + "x");
  EXPECT_NE(open_fault(bad), "");
  for (std::size_t size = bytes.size(); size-- > 0;) {
    std::filesystem::resize_file(bad, size);
    ASSERT_NE(open_fault(bad), "") << size << " of " << bytes.size();
  }
}

/// A hostile writer makes digests that fit: numbers of header and rows are changed and every digest made anew.
TEST_P(CropStoreThatIsHostile, WrongNumbersUnderRightDigestsAreErrors) {
  const TemporaryFolder folder;
  const auto good = folder.path() / "good.crops", bad = folder.path() / "bad.crops";
  write_store(good, 5, 8, GetParam());
  const std::string bytes = bytes_of(good);
  const auto u64 = [](const std::string& from, std::size_t at) {
    std::uint64_t value;
    std::memcpy(&value, from.data() + at, 8);
    return value;
  };
  const std::size_t index = u64(bytes, 40), index_bytes = u64(bytes, 48), strings = u64(bytes, 56),
                    strings_bytes = u64(bytes, 64);
  const auto seal = [&](std::string& file) {
    const auto put = [&file](std::size_t at, std::size_t from, std::size_t size) {
      const Digest128 digest = digest128(std::as_bytes(std::span(file).subspan(from, size)));
      std::memcpy(file.data() + at, digest.data(), 16);
    };
    put(104, index, index_bytes);
    put(120, strings, strings_bytes);
    put(4080, 0, 4080);
  };
  std::string resealed = bytes;
  seal(resealed);
  ASSERT_EQ(resealed, bytes);  // the offsets above are the format's
  std::vector<std::size_t> places;
  for (std::size_t at = 8; at < 180; at += at == 100 ? 52 : 4) places.push_back(at);  // not the digests
  for (std::size_t at = index; at + 4 <= strings + strings_bytes; at += 4) places.push_back(at);
  const std::uint32_t values[] = {0u, 1u, 7u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu, 0x01000000u, 4096u};
  int refused = 0;
  for (const std::size_t at : places) {
    for (const std::uint32_t value : values) {
      std::string file = bytes;
      std::memcpy(file.data() + at, &value, 4);
      if (file == bytes) continue;
      seal(file);
      write_bytes(bad, file);
      refused += any_fault(bad) != "";  // some changes are another valid store; none may crash
    }
  }
  EXPECT_GT(refused, 300);
}

INSTANTIATE_TEST_SUITE_P(Encodings, CropStoreThatIsHostile, testing::Values(CropEncoding::kRaw, CropEncoding::kJpeg95),
                         [](const auto& test) { return test.param == CropEncoding::kRaw ? "Raw" : "Jpeg95"; });

TEST(CropStore, ADamagedRecordIsNamedByRowVideoAndFrame) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "train.crops";
  write_store(file, 5, 40);
  std::string bytes = bytes_of(file);
  bytes[4096 + 2 * 8192 + 100] ^= 1;  // a record of 4,800 bytes takes two pages; row 2
  write_bytes(file, bytes);
  const CropStore store(file);
  std::vector<std::uint8_t> rgb(40 * 40 * 3);
  store.read(1, rgb);
  try {
    store.read(2, rgb);
    FAIL() << "a damaged record was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("record 2 (000_000, frame 6) is damaged"), std::string::npos)
        << error.what();
  }
}

// A mapping would end the process by a signal.
TEST(CropStore, AFileThatIsCutShortWhileItIsReadIsNamedAndTheRestStays) {
  for (const CropEncoding encoding : {CropEncoding::kRaw, CropEncoding::kJpeg95}) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "train.crops";
    write_store(file, 5, 40, encoding);
    const CropStore store(file);
    std::vector<std::uint8_t> rgb(40 * 40 * 3);
    store.read(4, rgb);
    std::filesystem::resize_file(file, 4096 + 100);
    store.expect(4);
    EXPECT_EQ(store.frame(4).frame, 12u);
    try {
      store.read(4, rgb);
      FAIL() << "a record that isn't there was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_EQ(std::string(error.what()).find(file.string()), 0u) << error.what();
    }
  }
}

TEST(CropStore, ThingsThatAreNoStoreAreNamed) {
  const TemporaryFolder folder;
  EXPECT_NE(open_fault(folder.path() / "missing.crops"), "");
  EXPECT_NE(open_fault(folder.path()), "");
  write_bytes(folder.path() / "text.crops", std::string(5000, 'a'));
  EXPECT_NE(open_fault(folder.path() / "text.crops").find("is not a crop store"), std::string::npos);
}

}  // namespace
}  // namespace unmask
