#include "data/store/crop_views.h"

#include <gtest/gtest.h>
#include <cstring>
#include <map>
#include <thread>

#include "base/digest.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "data/store_paths.h"
#include "tests/data/crops_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::smooth_crop;
using test::TemporaryFolder;
using test::write_bytes;
using test::write_store;
using test_support::refusal;
using Splits = std::vector<std::optional<Split>>;

/// STORES with base/prepared.crops of so many rows.
struct Stores : TemporaryFolder {
  explicit Stores(std::uint32_t rows = 12, CropEncoding encoding = CropEncoding::kRaw, int px = 16) {
    write_store(prepared_path(path(), "base"), rows, px, encoding);
  }
  void split(const Splits& splits) const { write_split_views(path(), "base", splits); }
  fs::path file(Split split) const { return store_path(path(), "base", split); }
  /// Every file but prepared.crops, by name.
  std::map<std::string, std::string> views() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(path() / "base")) {
      if (entry.path().filename() != kPreparedName) files[entry.path().filename()] = bytes_of(entry.path());
    }
    return files;
  }
};

/// Row i: train, val, nothing, test in turn.
Splits dealt(std::size_t rows) {
  Splits splits;
  for (std::size_t row = 0; row < rows; ++row) {
    splits.push_back(Splits{Split::kTrain, Split::kVal, std::nullopt, Split::kTest}[row % 4]);
  }
  return splits;
}

std::string view_fault(const fs::path& file) {
  return refusal(ErrorKind::kData, [&] {
    const CropStore store(file);
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(store.crop_px() * store.crop_px()) * 3);
    for (std::size_t row = 0; row < store.size(); ++row) {
      store.frame(row);
      if (store.has_crop(row)) store.read(row, rgb);
    }
  });
}

TEST(CropViews, RowsAndCropsAreThoseOfThePreparedStore) {
  for (const CropEncoding encoding : {CropEncoding::kRaw, CropEncoding::kJpeg95}) {
    const Stores stores(12, encoding);
    stores.split(dealt(12));
    EXPECT_EQ(stores.views().size(), 3u);
    const CropStore prepared(prepared_path(stores.path(), "base")), view(stores.file(Split::kVal));
    ASSERT_EQ(view.size(), 3u);
    EXPECT_TRUE(view.is_view());
    EXPECT_EQ(view.records_path(), prepared.path());
    EXPECT_EQ(view.preprocessing_json(), prepared.preprocessing_json());
    EXPECT_EQ(view.encoding(), encoding);
    std::vector<std::uint8_t> rgb(16 * 16 * 3), wanted(16 * 16 * 3);
    for (std::size_t row = 0; row < view.size(); ++row) {
      const FrameInfo got = view.frame(row), source = prepared.frame(4 * row + 1);
      EXPECT_EQ(got.split, Split::kVal);
      EXPECT_EQ(got.frame, source.frame);
      EXPECT_EQ(got.source, source.source);
      EXPECT_EQ(got.detector_score, source.detector_score);
      ASSERT_EQ(view.has_crop(row), prepared.has_crop(4 * row + 1));
      view.read(row, rgb);
      prepared.read(4 * row + 1, wanted);
      EXPECT_EQ(rgb, wanted);
      EXPECT_EQ(view.stored_record(row), prepared.stored_record(4 * row + 1));
      view.expect(row);
    }
    EXPECT_LT(fs::file_size(view.path()), 4096u + 1500u);  // no record is in it
  }
}

TEST(CropViews, ThereAndBackGivesTheSameBytesAndRemovesWhatIsNoLongerThere) {
  const Stores stores;
  stores.split(dealt(12));
  const auto first = stores.views();
  stores.split(Splits(12, Split::kCalibration));
  EXPECT_EQ(stores.views().size(), 1u);
  EXPECT_EQ(CropStore(stores.file(Split::kCalibration)).size(), 12u);
  stores.split(dealt(12));
  EXPECT_EQ(stores.views(), first);
}

TEST(CropViews, ThePublishedSplitIsTheRowsOwn) {
  const Stores stores;
  stores.split(dealt(12));
  write_published_views(stores.path(), "base");
  EXPECT_EQ(stores.views().size(), 1u);
  EXPECT_EQ(CropStore(stores.file(Split::kTrain)).size(), 12u);
}

TEST(CropViews, AViewGoesWithItsFolderAndIsFoundThroughALink) {
  const Stores stores;
  stores.split(dealt(12));
  const TemporaryFolder other;
  fs::create_symlink(stores.file(Split::kVal), other / "val.crops");
  EXPECT_EQ(view_fault(other / "val.crops"), "");
  const Digest128 fingerprint = CropStore(stores.file(Split::kVal)).fingerprint();
  fs::rename(stores / "base", stores / "moved");
  const CropStore moved(stores / "moved/val.crops");
  EXPECT_EQ(moved.fingerprint(), fingerprint);
  EXPECT_EQ(moved.records_path(), stores / "moved/prepared.crops");
}

TEST(CropViews, WhatIsWrongWithTheRecordsNamesBothFiles) {
  const Stores stores;
  stores.split(dealt(12));
  const fs::path view = stores.file(Split::kTrain), prepared = prepared_path(stores.path(), "base");
  const std::string bytes = bytes_of(prepared);
  const auto fault = [&] {
    const std::string text = view_fault(view);
    EXPECT_NE(text.find(view.string()), std::string::npos) << text;
    EXPECT_NE(text.find(prepared.string()), std::string::npos) << text;
    return text;
  };
  std::string damaged = bytes;
  damaged[4096 + 3 * 4096 + 10] ^= 1;  // the fourth record: row 4, the second of train
  write_bytes(prepared, damaged);
  EXPECT_NE(fault().find("record 1 (000_001, frame 12) is damaged"), std::string::npos) << fault();
  write_store(prepared, 11, 16);
  EXPECT_NE(fault().find("was made for other records"), std::string::npos);
  fs::copy_file(stores.file(Split::kVal), prepared, fs::copy_options::overwrite_existing);
  EXPECT_NE(fault().find("was made for other records"), std::string::npos);
  write_bytes(prepared, bytes.substr(0, bytes.size() - 1));
  fault();
  fs::remove(prepared);
  fault();
  write_bytes(prepared, bytes);
  EXPECT_EQ(view_fault(view), "");
  const CropStore open(view);
  fs::resize_file(prepared, 4096 + 100);
  std::vector<std::uint8_t> rgb(16 * 16 * 3);
  const std::string text = refusal(ErrorKind::kData, [&] { open.read(1, rgb); });
  EXPECT_NE(text.find(view.string()), std::string::npos) << text;
  EXPECT_NE(text.find(prepared.string()), std::string::npos) << text;
}

TEST(CropViews, EveryFlippedByteOfAViewIsNamed) {
  const Stores stores(6, CropEncoding::kJpeg95, 8);
  stores.split(dealt(6));
  const fs::path view = stores.file(Split::kTrain);
  const std::string bytes = bytes_of(view);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    write_bytes(view, bad);
    ASSERT_NE(view_fault(view), "") << "byte " << i << " of " << bytes.size();
  }
}

/// A view whose digests fit, but whose rows or name lead elsewhere.
class HostileView {
 public:
  HostileView() {
    stores_.split(dealt(12));
    bytes_ = bytes_of(view());
  }
  fs::path view() const { return stores_.file(Split::kTrain); }
  template <typename T>
  T at(std::size_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  template <typename T>
  std::string fault_with(std::size_t offset, T value) const {
    std::string file = bytes_;
    std::memcpy(file.data() + offset, &value, sizeof value);
    return fault_of(file);
  }
  std::string fault_with_text(const std::string& text, const std::string& instead) const {
    std::string file = bytes_;
    file.replace(file.find(text), text.size(), instead);
    return fault_of(file);
  }

 private:
  std::string fault_of(std::string file) const {
    const auto seal = [&file](std::size_t at, std::size_t from, std::size_t size) {
      const Digest128 digest = digest128(std::as_bytes(std::span(file).subspan(from, size)));
      std::memcpy(file.data() + at, digest.data(), 16);
    };
    seal(104, at<std::uint64_t>(40), at<std::uint64_t>(48));
    seal(120, at<std::uint64_t>(56), at<std::uint64_t>(64));
    seal(4080, 0, 4080);
    write_bytes(view(), file);
    return view_fault(view());
  }
  Stores stores_;
  std::string bytes_;
};

TEST(CropViews, AHostileViewLeadsToNoOtherFileAndNoOtherBytes) {
  const HostileView hostile;
  EXPECT_EQ(hostile.fault_with<std::uint32_t>(152, 1), "");  // is_view as it is: the sealing is right
  const auto index = hostile.at<std::uint64_t>(40), offset = hostile.at<std::uint64_t>(index);
  EXPECT_NE(hostile.fault_with<std::uint64_t>(index, 1ull << 40).find("row 0 is impossible"), std::string::npos);
  EXPECT_NE(hostile.fault_with<std::uint64_t>(index, offset + 64), "");
  EXPECT_NE(hostile.fault_with<std::uint64_t>(index, 0), "");
  EXPECT_NE(hostile.fault_with<std::uint64_t>(index, ~0ull), "");
  EXPECT_NE(hostile.fault_with<std::uint64_t>(index + 8, ~0ull), "");
  // Row 1 points at row 0's record.
  EXPECT_NE(hostile.fault_with<std::uint64_t>(index + 128, offset).find("row 1 is impossible"), std::string::npos);
  EXPECT_NE(hostile.fault_with<std::uint32_t>(156, 0xFFFFFFFFu).find("names no records file"), std::string::npos);
  EXPECT_NE(hostile.fault_with<std::uint32_t>(152, 0), "");  // no view: no record is in it
  EXPECT_NE(hostile.fault_with<std::uint64_t>(160, 7).find("was made for other records"), std::string::npos);
  for (const char* name : {"../../base/pre", "/etc/hostname1", "prepared.crop/", "prepared\0crops"}) {
    const std::string text(name, 14);
    EXPECT_NE(hostile.fault_with_text("prepared.crops", text).find("names no records file"), std::string::npos) << name;
  }
  EXPECT_NE(hostile.fault_with_text("prepared.crops", "prepared.cropt"), "");
}

TEST(CropViews, SplitsThatDontFitChangeNothing) {
  const Stores stores;
  stores.split(dealt(12));
  const auto before = stores.views();
  EXPECT_NE(
      refusal(ErrorKind::kData, [&] { stores.split(dealt(11)); }).find("has 12 rows, but splits are there for 11"),
      std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { stores.split(Splits(12)); }).find("no row is in a split"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { write_split_views(stores.path(), "other", dealt(12)); }), "");
  EXPECT_EQ(stores.views(), before);
}

TEST(CropViews, KilledBetweenTwoViewsAllAreRefusedUntilTheyAreWrittenAgain) {
  for (int views_written = 0; views_written < 4; ++views_written) {
    const Stores stores, untouched;
    stores.split(Splits(12, Split::kTest));
    untouched.split(dealt(12));
    static thread_local int left;
    left = views_written;
    std::thread killed([&] {
      fault_hook = [](const char* place) {
        if (std::string_view(place) == "write_view" && left-- == 0) throw std::runtime_error("killed");
      };
      left = views_written;
      EXPECT_THROW(stores.split(dealt(12)), std::runtime_error);
    });
    killed.join();
    for (const Split split : {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest}) {
      if (!fs::exists(stores.file(split))) continue;
      EXPECT_NE(view_fault(stores.file(split)).find("only half written"), std::string::npos);
    }
    EXPECT_EQ(view_fault(prepared_path(stores.path(), "base")), "");
    stores.split(dealt(12));
    EXPECT_EQ(stores.views(), untouched.views());
    EXPECT_EQ(view_fault(stores.file(Split::kTrain)), "");
  }
}

}  // namespace
}  // namespace unmask
