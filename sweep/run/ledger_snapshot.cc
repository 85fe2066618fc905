#include "sweep/run/ledger_snapshot.h"

#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <tuple>

#include "base/error.h"

namespace unmask {

namespace fs = std::filesystem;

namespace {

constexpr int kTries = 100;
constexpr auto kPause = std::chrono::milliseconds(50);

/// The first bytes of a file; "" if it isn't there.
std::string head(const fs::path& file, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

/// Another one after each change, and while another change is under way: SQLite counts changes in the file's head, and
/// a journal's head has a number of its own. A time of writing alone is the same for changes that are close together.
using Mark = std::tuple<fs::file_time_type, std::string, std::string>;
Mark mark(const fs::path& original) {
  return {fs::last_write_time(original), head(original, 100), head(original.string() + "-journal", 28)};
}

}  // namespace

LedgerSnapshot::LedgerSnapshot(const fs::path& original) {
  std::string name = (fs::temp_directory_path() / "unmask-ledger-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw io_error(name, "make folder", errno);
  folder_ = name;
  try {
    for (int tries = 0; tries < kTries; ++tries, std::this_thread::sleep_for(kPause)) {
      const Mark before = mark(original);
      take(original);
      if (before == mark(original)) return;
    }
  } catch (const fs::filesystem_error& error) {
    remove();
    throw Error(ErrorKind::kFailed, original.string() + ": can't be copied to " + name + ": " + error.what());
  }
  remove();
  throw Error(ErrorKind::kFailed, original.string() + ": is written all the time; try again");
}

LedgerSnapshot::~LedgerSnapshot() { remove(); }

/// The journal, without which pages may be half a transaction, is there before a page is changed, and goes last.
void LedgerSnapshot::take(const fs::path& original) const {
  fs::copy_file(original, file(), fs::copy_options::overwrite_existing);
  const fs::path journal = original.string() + "-journal", copy = file().string() + "-journal";
  fs::remove(copy);
  std::error_code gone;
  fs::copy_file(journal, copy, fs::copy_options::overwrite_existing, gone);
  if (gone && fs::exists(journal)) throw fs::filesystem_error("journal", journal, gone);
}

void LedgerSnapshot::remove() const {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace unmask
