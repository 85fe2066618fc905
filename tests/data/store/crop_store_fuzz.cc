// A hostile writer's crop store: bytes of a file whose digests are made to fit, so that every number in it is looked
// at. Input: flags, the header's first 176 bytes, what follows the header. UNMASK_FUZZ_SEEDS=DIR writes seeds there.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "data/store/crop_join.h"
#include "data/store/crop_layout.h"
#include "data/store/crop_views.h"
#include "data/store_paths.h"
#include "tests/data/crops_builder.h"

namespace {

using namespace unmask;
namespace layout = crop_layout;

constexpr std::size_t kKnown = 176;  // of the header; then zeros
enum Flags : std::uint8_t { kTrueSize = 1, kTrueDigests = 2, kTrueRecords = 4, kTrueRows = 8 };

/// A prepared.crops for views to point into.
struct Place {
  test::TemporaryFolder folder{test::TemporaryFolder::in_memory()};
  std::filesystem::path hostile = folder.path() / "base/train.crops";
  layout::Header prepared{};
  Place() {
    const auto path = prepared_path(folder.path(), "base");
    test::write_store(path, 5, 8);
    std::memcpy(&prepared, test::bytes_of(path).data(), sizeof prepared);
  }
};

void seal(std::string& file, std::uint8_t flags, const layout::Header& prepared) {
  layout::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  const auto bytes = std::as_writable_bytes(std::span(file));
  const auto section = [&](std::uint64_t offset, std::uint64_t size) {
    const bool fits = offset <= bytes.size() && size <= bytes.size() - offset;
    return fits ? bytes.subspan(offset, size) : bytes.first(0);
  };
  if (flags & kTrueSize) header.file_bytes = file.size();
  if (flags & kTrueRecords) header.records_header = prepared.header_digest;
  const auto index = section(header.index_offset, header.index_bytes);
  for (std::size_t at = 0; (flags & kTrueRows) && at + sizeof(layout::Row) <= index.size(); at += sizeof(layout::Row)) {
    auto row = layout::load<layout::Row>(index.data() + at);
    row.digest = digest64(section(row.offset, row.size > 1 << 24 ? 0 : layout::round_up(row.size, 64)));
    std::memcpy(index.data() + at, &row, sizeof row);
  }
  if (flags & kTrueDigests) {
    header.index_digest = digest128(index);
    header.strings_digest = digest128(section(header.strings_offset, header.strings_bytes));
    header.json_digest = digest128(section(header.json_offset, header.json_bytes));
  }
  const auto whole = std::as_bytes(std::span(&header, 1));
  header.header_digest = digest128(whole.first(sizeof header - sizeof(Digest128)));
  std::memcpy(file.data(), &header, sizeof header);
}

void read_all(const std::filesystem::path& path) {
  const CropStore store(path);
  if (store.crop_px() > 256) return;
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(store.crop_px() * store.crop_px()) * 3);
  store.preprocessing_json();
  store.fingerprint();
  for (std::size_t row = 0; row < store.size(); ++row) {
    const FrameInfo frame = store.frame(row);
    if (frame.video != store.video_names(row).video) std::abort();
    if (!store.has_crop(row)) continue;
    store.expect(row);
    try {
      store.read(row, rgb);
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* seeds = std::getenv("UNMASK_FUZZ_SEEDS");
  if (seeds == nullptr) return 0;
  const test::TemporaryFolder folder;
  const std::filesystem::path base = folder.path() / "base";
  test::write_store(base / kPreparedName, 5, 8);
  write_published_views(folder.path(), "base");
  test::write_store(base / "jpeg.crops", 5, 8, CropEncoding::kJpeg95);
  std::filesystem::copy(std::filesystem::path(UNMASK_SOURCE_DIR) / "tests/data/store/version1.crops", base);
  for (const auto& entry : std::filesystem::directory_iterator(base)) {
    std::string bytes = test::bytes_of(entry.path());
    bytes.erase(kKnown, layout::kHeaderBytes - kKnown);
    test::write_bytes(std::filesystem::path(seeds) / entry.path().filename(), std::string(1, '\x07') + bytes);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto place = std::make_unique<Place>();
  if (size < 1 + kKnown) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, kKnown);
  file.append(layout::kHeaderBytes - kKnown, '\0');
  file.append(reinterpret_cast<const char*>(data) + 1 + kKnown, size - 1 - kKnown);
  seal(file, data[0], place->prepared);
  test::write_bytes(place->hostile, file);
  try {
    read_all(place->hostile);
  } catch (const Error&) {
  }
  try {
    CropJoin join(place->folder.path() / "joined.crops", {record_bytes_of(place->hostile)});
    copy_records(join.temporary(), place->hostile, layout::kHeaderBytes);
    join.finish(std::span(&place->hostile, 1), "{}");
  } catch (const Error&) {
  }
  return 0;
}
