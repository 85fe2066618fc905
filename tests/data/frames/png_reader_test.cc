#include "data/frames/png_reader.h"

#include <sys/resource.h>

#include "data/frames/image_file.h"
#include "tests/data/frames/small_images.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Bytes = EncodedBytes;

TEST(PngReader, ReportsEveryFlippedBit) {
  const Bytes whole = small_files()["colour.png"];
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const ReadFrame frame = decode_image(damaged, {});  // a signature that is damaged is no PNG's
    ASSERT_NE(frame.status, FrameStatus::kOk) << "bit " << bit;
  }
}

TEST(PngReader, NamesThePlaceOfTheDamage) {
  const Bytes whole = small_files()["colour.png"];
  Bytes damaged = whole;
  damaged[50] ^= 1;  // the signature has 8 bytes, IHDR 25: IDAT starts at byte 33
  EXPECT_EQ(read_png(damaged, {}).problem, "the PNG chunk at byte 33 fails its CRC");
  EXPECT_EQ(read_png(first_bytes(whole, 60), {}).problem, "the PNG ends within the chunk at byte 33");
  EXPECT_EQ(read_png(first_bytes(whole, 33), {}).problem, "the PNG ends at byte 33, before its IEND");
}

TEST(PngReader, IgnoresChunksThatChangeNoPixel) {
  Bytes bytes = small_files()["colour.png"];
  const Bytes pixels = read_png(bytes, {}).image.rgb;
  const Bytes text = {0x00, 0x00, 0x00, 0x04, 0x74, 0x45, 0x58, 0x74,
                      0x61, 0x00, 0x62, 0x63, 0xb7, 0x6e, 0x7f, 0xe9};  // tEXt "a" = "bc"
  bytes.insert(bytes.begin() + 33, text.begin(), text.end());
  EXPECT_EQ(read_png(bytes, {}).image.rgb, pixels);
}

TEST(PngReader, RefusesAHugeImageWithoutDecodingIt) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "huge.png";
  run_python(
      "import struct,sys,zlib\n"
      "chunk=lambda t,d: struct.pack(\">I\",len(d))+t+d+struct.pack(\">I\",zlib.crc32(t+d))\n"
      "open(sys.argv[1],\"wb\").write(b\"\\x89PNG\\r\\n\\x1a\\n\"+chunk(b\"IHDR\",struct.pack(\">IIBBBBB\",20000,20000,"
      "1,0,0,0,0))"
      "+chunk(b\"IDAT\",zlib.compress(bytes(2501*20000),9))+chunk(b\"IEND\",b\"\"))",
      file);
  const Bytes bytes = read_bytes(file);
  ASSERT_LT(bytes.size(), 100'000u);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const ReadFrame frame = read_png(bytes, {});
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(frame.status, FrameStatus::kTooLarge);
  EXPECT_EQ(frame.problem, "20000 x 20000 pixels; the limit is 16777216 (max_pixels)");
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50'000) << "KiB";
}

}  // namespace
}  // namespace unmask
