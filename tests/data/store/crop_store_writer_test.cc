#include "data/store/crop_store_writer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/store/crop_views.h"
#include "data/store_paths.h"
#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

using test::bytes_of;
using test::frame_of_row;
using test::smooth_crop;
using test::TemporaryFolder;
using test::write_store;

TEST(CropStoreWriter, EqualInputsGiveEqualBytesAndParts) {
  const TemporaryFolder folder;
  for (const CropEncoding encoding : {CropEncoding::kRaw, CropEncoding::kJpeg95}) {
    write_store(folder.path() / "a.crops", 9, 16, encoding);
    write_store(folder.path() / "b.crops", 9, 16, encoding);
    EXPECT_EQ(bytes_of(folder.path() / "a.crops"), bytes_of(folder.path() / "b.crops"));
    const CropStore whole(folder.path() / "a.crops");
    EXPECT_EQ(whole.fingerprint(), CropStore(folder.path() / "b.crops").fingerprint());
    // Rows 0 to 4 and 5 to 8 as parts, then joined.
    std::vector<std::uint8_t> rgb(16 * 16 * 3);
    for (int part = 0; part < 2; ++part) {
      CropStoreWriter writer(folder.path() / ("part" + std::to_string(part)), 16, encoding, "{}");
      for (std::uint32_t row = part == 0 ? 0 : 5; row < (part == 0 ? 5u : 9u); ++row) {
        const FrameInfo frame = frame_of_row(row, "base", Split::kTrain);
        const bool has_crop = frame.status == FrameStatus::kOk;
        writer.append(frame, has_crop ? smooth_crop(16, row) : std::vector<std::uint8_t>());
      }
      writer.finish();
    }
    CropStoreWriter writer(folder.path() / "joined.crops", 16, encoding, whole.preprocessing_json());
    writer.append_all(CropStore(folder.path() / "part0"));
    writer.append_all(CropStore(folder.path() / "part1"));
    writer.finish();
    EXPECT_EQ(bytes_of(folder.path() / "joined.crops"), bytes_of(folder.path() / "a.crops"));
  }
}

TEST(CropStoreWriter, NothingIsSeenUnderItsNameBeforeFinish) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "train.crops";
  {
    CropStoreWriter writer(file, 16, CropEncoding::kRaw, "{}");
    writer.append(frame_of_row(0, "base", Split::kTrain), smooth_crop(16, 0));
    EXPECT_FALSE(std::filesystem::exists(file));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));  // the unfinished file went with its writer
}

TEST(CropStoreWriter, RefusesPixelsThatDontFitTheFrame) {
  const TemporaryFolder folder;
  CropStoreWriter writer(folder.path() / "a.crops", 16, CropEncoding::kRaw, "{}");
  EXPECT_THROW(writer.append(frame_of_row(0, "base", Split::kTrain), smooth_crop(15, 0)), Error);
  EXPECT_THROW(writer.append(frame_of_row(3, "base", Split::kTrain), smooth_crop(16, 0)), Error);
  EXPECT_THROW(writer.append(frame_of_row(0, "base", Split::kTrain), {}), Error);
  write_store(folder.path() / "other.crops", 2, 15);
  EXPECT_THROW(writer.append_all(CropStore(folder.path() / "other.crops")), Error);
}

TEST(CropStoreWriter, TheExampleOfTheFormatsPageStillHolds) {
  const TemporaryFolder folder;
  const auto file = prepared_path(folder.path(), "base"), view = store_path(folder.path(), "base", Split::kVal);
  std::filesystem::create_directory(file.parent_path());
  FrameInfo frame = frame_of_row(1, "base", Split::kTrain);
  frame.video = "000_003";
  frame.frame = 6;
  frame.box = {10, 20, 130, 130};
  frame.source = "000_003.mp4";
  frame.source_digest = "9c1185a5c5e9fc54612808977ee8f548";
  frame.source_bytes = 1'234'567;
  frame.time_us = 200'000;
  frame.frame_width = 1280, frame.frame_height = 720;
  frame.track = 0;
  frame.detector_score = 0.75f;
  const std::vector<std::uint8_t> rgb = {255, 0, 0, 0, 255, 0, 0, 0, 255, 128, 128, 128};
  CropStoreWriter writer(file, 2, CropEncoding::kRaw, R"({"crop_px":2})");
  writer.append(frame, rgb);
  frame.frame = 9;
  frame.time_us = 300'000;
  frame.status = FrameStatus::kNoFace;
  frame.box = {};
  frame.detector_score = 0;
  writer.append(frame, {});
  writer.finish();
  write_split_views(folder.path(), "base", std::vector<std::optional<Split>>{Split::kVal, std::nullopt});
  EXPECT_EQ(to_hex(CropStore(file).fingerprint()), "788134a9e1506359b3a259e823fc7fc6");
  EXPECT_EQ(bytes_of(file).size(), 0x2185u);
  EXPECT_EQ(to_hex(CropStore(view).fingerprint()), "71e436cae0b5086d700cf96d4be10517");
  EXPECT_EQ(bytes_of(view).size(), 0x1117u);
}

TEST(CropStoreWriter, SaysWhichFrameDoesntFit) {
  const TemporaryFolder folder;
  CropStoreWriter writer(folder.path() / "a.crops", 16, CropEncoding::kRaw, "{}");
  try {
    writer.append(frame_of_row(3, "base", Split::kTrain), smooth_crop(16, 0));
    FAIL() << "a crop without a face was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("a.crops: frame 9 of 000_001 is no_face and comes with 768 bytes"),
              std::string::npos)
        << error.what();
  }
}

TEST(CropStoreWriter, AFinishedStoreReplacesTheOneBefore) {
  const TemporaryFolder folder;
  write_store(folder.path() / "a.crops", 9, 16);
  write_store(folder.path() / "a.crops", 4, 16);
  EXPECT_EQ(CropStore(folder.path() / "a.crops").size(), 4u);
}

}  // namespace
}  // namespace unmask
