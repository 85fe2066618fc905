#include "data/store/crop_index.h"

#include <gtest/gtest.h>

#include "tests/data/crops_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test::bytes_of;
using test::TemporaryFolder;
using test::write_bytes;
using test::write_store;

// Field by field at the offsets that docs/formats.md tells.
TEST(CropIndex, ReadsTheBytesThatTheFormatTells) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.crops";
  write_store(path, 3, 8);
  const std::string bytes = bytes_of(path);
  const auto number = [&]<typename T>(std::size_t offset, T) {
    return crop_layout::load<T>(reinterpret_cast<const std::byte*>(bytes.data()) + offset);
  };
  const PositionalFile file(path);
  const CropIndex index(path, file);
  index.check_rows(index.header().index_offset);
  EXPECT_EQ(number(8, std::uint32_t{}), 2u);
  const std::size_t row = number(40, std::uint64_t{}) + 2 * 128;
  EXPECT_EQ(index.text(number(row + 76, std::uint32_t{})), "videos/000_000.mp4");
  EXPECT_EQ(index.text(number(row + 80, std::uint32_t{})), "0123456789abcdef0123456789abcde0");
  EXPECT_EQ(number(row + 84, std::uint32_t{}), 0u);
  EXPECT_EQ(number(row + 88, std::int64_t{}), 80'000);
  EXPECT_EQ(number(row + 96, std::uint64_t{}), 5'000'000'000u);
  EXPECT_EQ(number(row + 104, std::int32_t{}), 1920);
  EXPECT_EQ(number(row + 108, std::int32_t{}), 1080);
  EXPECT_EQ(number(row + 112, float{}), 0.5f);
  EXPECT_EQ(index.frame(2).time_us, 80'000);
  EXPECT_FALSE(index.is_view());
}

TEST(CropIndex, RefusesVersionsThatItDoesntKnow) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.crops";
  write_store(path, 1, 8);
  const std::string bytes = bytes_of(path);
  for (const char version : {0, 3}) {
    std::string other = bytes;
    other[8] = version;
    write_bytes(path, other);
    const PositionalFile file(path);
    EXPECT_NE(test_support::refusal(ErrorKind::kData, [&] { read_crop_header(path, file); })
                  .find("this program reads versions 1 to 2"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace unmask
