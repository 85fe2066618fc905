// docs/crop_store.py, the reader that is given away, against our own.
#include <gtest/gtest.h>
#include <array>
#include <cstdio>
#include <sstream>

#include "data/store/crop_store.h"
#include "data/store/crop_views.h"
#include "data/store_paths.h"
#include "tests/data/crops_builder.h"
#include "tests/support/python.h"

namespace unmask {
namespace {

/// As numpy_reader_judge.py prints it.
std::string rows_text(const CropStore& store) {
  std::ostringstream text;
  text << store.preprocessing_json() << "\n";
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(store.crop_px() * store.crop_px()) * 3);
  for (std::size_t row = 0; row < store.size(); ++row) {
    const FrameInfo frame = store.frame(row);
    for (const std::string& name : {frame.dataset, frame.method, frame.compression, frame.video, frame.target_identity,
                                    frame.source_identity, frame.detector, frame.source, frame.source_digest})
      text << name << "\t";
    text << int{frame.label} << "\t" << static_cast<int>(frame.split) << "\t" << static_cast<int>(frame.status) << "\t"
         << frame.frame << "\t" << frame.track << "\t" << frame.time_us << "\t" << frame.source_bytes << "\t"
         << frame.box.x << "\t" << frame.box.y << "\t" << frame.box.width << "\t" << frame.box.height << "\t"
         << frame.frame_width << "\t" << frame.frame_height << "\t";
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.2f\t", static_cast<double>(frame.detector_score));
    text << number.data();
    if (store.has_crop(row)) {
      store.read(row, rgb);
      for (const std::uint8_t byte : rgb) {
        std::snprintf(number.data(), number.size(), "%02x", byte);
        text << number.data();
      }
    }
    text << "\n";
  }
  return text.str();
}

void expect_read_alike(const std::filesystem::path& file) {
  EXPECT_EQ(test_support::run_python("tests/data/store/numpy_reader_judge.py", {file.string()}),
            rows_text(CropStore(file)));
}

TEST(NumpyReader, StoresAndViewsRawAndJpegAreReadAlike) {
  for (const CropEncoding encoding : {CropEncoding::kRaw, CropEncoding::kJpeg95}) {
    const test::TemporaryFolder folder;
    const auto prepared = prepared_path(folder.path(), "base");
    test::write_store(prepared, 12, 20, encoding);
    std::vector<std::optional<Split>> splits(12, Split::kTest);
    splits[1] = splits[6] = splits[7] = Split::kVal;
    write_split_views(folder.path(), "base", splits);
    expect_read_alike(prepared);
    expect_read_alike(store_path(folder.path(), "base", Split::kVal));
  }
}

}  // namespace
}  // namespace unmask
