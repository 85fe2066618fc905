#include "base/durable_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <utility>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace {
int folder_fsync_error = 0;  // not 0: fsync of folders fails with it
}

extern "C" int fsync(int fd) {
  struct stat status {};
  if (folder_fsync_error == 0 || ::fstat(fd, &status) != 0 || !S_ISDIR(status.st_mode))
    return static_cast<int>(::syscall(SYS_fsync, fd));
  errno = folder_fsync_error;
  return -1;
}

namespace unmask {
namespace {

using test_support::ChildResult;
using test_support::limit_file_size;
using test_support::make_system_call_fail;
using test_support::run_in_child;
using test_support::TemporaryFolder;

constexpr std::size_t kLimit = 1 << 20;

void put(const std::filesystem::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The Error that `action` throws; a failed expectation if it throws none.
template <typename Action>
Error error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error";
  return {ErrorKind::kStopped, ""};
}

TEST(DurableFile, CommitPutsTheWholeFileInPlaceAndLeavesNothingElse) {
  const TemporaryFolder folder;
  DurableFile file(folder / "a", "1");
  file.write("one ");
  file.write("two");
  EXPECT_EQ(file.size(), 7u);
  file.commit();
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "one two");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(DurableFile, OthersWriteIntoTheRoomThatItMakes) {
  const TemporaryFolder folder;
  DurableFile file(folder.path() / "a", "1");
  file.write("ab");
  file.extend_to(6);
  std::fstream other(file.temporary(), std::ios::binary | std::ios::in | std::ios::out);
  other.seekp(3);
  other << "x" << std::flush;
  file.write("end");
  EXPECT_EQ(file.size(), 9u);
  EXPECT_THROW(file.extend_to(8), Error);
  file.commit();
  EXPECT_EQ(read_text_file(folder.path() / "a", 100), std::string("ab\0x\0\0end", 9));
}

TEST(DurableFile, TheTargetIsUntouchedUntilCommit) {
  const TemporaryFolder folder;
  put(folder / "a", "before");
  DurableFile file(folder / "a", "1");
  file.write("after");
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "before");
  file.commit();
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "after");
}

TEST(DurableFile, WhatWasNotCommittedIsRemoved) {
  const TemporaryFolder folder;
  {
    DurableFile file(folder / "a", "1");
    file.write("lost");
    EXPECT_EQ(folder.entries(), 1u);
  }
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(DurableFile, AHeaderCanBeWrittenLast) {
  const TemporaryFolder folder;
  DurableFile file(folder / "a", "1");
  file.write("???? body");
  file.write_at(0, std::as_bytes(std::span("HEAD", 4)));
  EXPECT_EQ(file.size(), 9u);
  file.commit();
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "HEAD body");
}

TEST(DurableFile, TwoAttemptsWithTheirOwnTagsDoNotMeet) {
  const TemporaryFolder folder;
  DurableFile first(folder / "a", "1"), second(folder / "a", "2");
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "first");
}

TEST(DurableFile, LeftoversOfAKilledAttemptAreOverwritten) {
  const TemporaryFolder folder;
  put(folder / "a.tmp-1", "a much longer leftover of an attempt that was killed");
  DurableFile file(folder / "a", "1");
  file.write("new");
  file.commit();
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "new");
}

TEST(DurableFile, AMissingFolderIsNamed) {
  const TemporaryFolder folder;
  const Error error = error_of([&] { DurableFile(folder / "missing" / "a", "1"); });
  EXPECT_EQ(error.kind(), ErrorKind::kFailed);
  EXPECT_NE(std::string(error.what()).find("missing/a.tmp-1: create: No such file or directory"), std::string::npos);
}

TEST(DurableFileToCome, LeavesNothingAndNamesWhatIsInTheWay) {
  const TemporaryFolder folder;
  require_writable(folder / "a");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  put(folder / "a", "old");
  require_writable(folder / "a");
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "old");
  for (const char* target : {"missing/a", "."}) {
    const Error error = error_of([&] { require_writable(folder / target); });
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find((folder / target).string()), std::string::npos) << error.what();
  }
}

TEST(DurableFileUnfinished, TakesWhatKilledProcessesLeftAndNothingElse) {
  const TemporaryFolder folder;
  for (const char* name : {"a.crops.tmp-1", "b.crops.tmp-77", "a.crops", "other.tmp-1"}) put(folder / name, "x");
  remove_unfinished(folder.path(), ".crops");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.crops.tmp-1"));
  EXPECT_FALSE(std::filesystem::exists(folder / "b.crops.tmp-77"));
  EXPECT_TRUE(std::filesystem::exists(folder / "a.crops"));
  EXPECT_TRUE(std::filesystem::exists(folder / "other.tmp-1"));
  remove_unfinished(folder / "missing", ".crops");
}

TEST(DurableFile, ASymbolicLinkInTheWayIsNotFollowed) {
  const TemporaryFolder folder;
  put(folder / "victim", "untouched");
  std::filesystem::create_symlink(folder / "victim", folder / "a.tmp-1");
  error_of([&] { DurableFile(folder / "a", "1"); });
  EXPECT_EQ(read_text_file(folder / "victim", kLimit), "untouched");
}

TEST(DurableFile, AProcessKilledHalfwayLeavesTheOldFile) {
  const TemporaryFolder folder;
  put(folder / "a", "before");
  const ChildResult child = run_in_child([&] {
    DurableFile file(folder / "a", "1");
    file.write("half of what was to co");
    ::kill(::getpid(), SIGKILL);
    file.commit();
  });
  EXPECT_EQ(child.signal, SIGKILL);
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "before");
}

std::uintmax_t bytes_in(const std::filesystem::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

TEST(DurableFile, ManyKillsLeaveNoMoreThanOneTemporary) {
  const TemporaryFolder folder;
  constexpr std::size_t kBytes = 100'000;
  for (int kill = 0; kill < 20; ++kill) {
    const ChildResult child = run_in_child([&] {
      DurableFile file(folder / "train.crops", std::to_string(kill));  // as attempts and processes are told apart
      file.write(std::string(kBytes, 'x'));
      ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(child.signal, SIGKILL);
    EXPECT_LE(bytes_in(folder.path()), kBytes) << "after " << kill + 1 << " kills";
  }
  put(folder / "train.crops.json.tmp-1", "of another target");
  write_file_durably(folder / "train.crops", "whole");
  EXPECT_EQ(bytes_in(folder.path()), 5 + 17u);
}

TEST(DurableFile, LivingWritersOfOneTargetLeaveEachOtherAlone) {
  const TemporaryFolder folder;
  DurableFile first(folder / "a", "1"), second(folder / "a", "2");
  first.write("first");
  second.write("second");
  first.commit();
  second.commit();
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "second");
  EXPECT_EQ(folder.entries(), 1u);
}

// Where there are no locks, the file's age tells.
TEST(DurableFile, WithoutLocksWhatIsOldIsAbandoned) {
  const TemporaryFolder folder;
  put(folder / "a.tmp-1", "old");
  put(folder / "a.tmp-2", "a minute ago");
  using std::filesystem::file_time_type;
  std::filesystem::last_write_time(folder / "a.tmp-1", file_time_type::clock::now() - std::chrono::hours(2));
  std::filesystem::last_write_time(folder / "a.tmp-2", file_time_type::clock::now() - std::chrono::minutes(1));
  const ChildResult child = run_in_child([&] {
    make_system_call_fail(SYS_flock, ENOLCK);
    write_file_durably(folder / "a", "new");
  });
  EXPECT_EQ(child.exit_code, 0) << child.error;
  EXPECT_FALSE(std::filesystem::exists(folder / "a.tmp-1"));
  EXPECT_TRUE(std::filesystem::exists(folder / "a.tmp-2"));
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "new");
}

TEST(DurableFile, AFileThatMayNotGrowIsNamedAndTheOldOneStays) {
  const TemporaryFolder folder;
  put(folder / "a", "before");
  const ChildResult child = run_in_child([&] {
    limit_file_size(10'000);  // the first write is short, its rest fails
    write_file_durably(folder / "a", std::string(100'000, 'x'));
  });
  EXPECT_EQ(child.exit_code, 1);
  EXPECT_NE(child.error.find("write: File too large"), std::string::npos) << child.error;
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "before");
  EXPECT_EQ(folder.entries(), 1u) << "the temporary file stayed behind";
}

struct Fault {
  long system_call;
  int error_number;
  const char* message;
};

class DurableFileFault : public testing::TestWithParam<Fault> {};

TEST_P(DurableFileFault, IsNamedAndTheOldFileStays) {
  const TemporaryFolder folder;
  put(folder / "a", "before");
  const ChildResult child = run_in_child([&] {
    make_system_call_fail(GetParam().system_call, GetParam().error_number);
    write_file_durably(folder / "a", "after");
  });
  EXPECT_EQ(child.exit_code, 1);
  EXPECT_EQ(child.error.find(folder.path().string()), 0u) << child.error;
  EXPECT_NE(child.error.find(GetParam().message), std::string::npos) << child.error;
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "before");
  EXPECT_EQ(folder.entries(), 1u) << "the temporary file stayed behind";
}

INSTANTIATE_TEST_SUITE_P(Disk, DurableFileFault,
                         testing::Values(Fault{SYS_pwrite64, ENOSPC, "write: No space left on device"},
                                         Fault{SYS_pwrite64, EIO, "write: Input/output error"},
                                         Fault{SYS_fsync, EIO, "fsync: Input/output error"},
                                         Fault{SYS_rename, EDQUOT, "rename into place: Disk quota exceeded"}));

// CIFS answers EINVAL: it can't, and that loses no file.
TEST(DurableFile, AFolderThatKnowsNoFsyncIsNoFault) {
  const TemporaryFolder folder;
  folder_fsync_error = EINVAL;
  write_file_durably(folder / "a", "text");
  EXPECT_EQ(read_text_file(folder / "a", kLimit), "text");
  folder_fsync_error = EIO;
  EXPECT_NE(std::string(error_of([&] { write_file_durably(folder / "b", "text"); }).what()).find("fsync folder: Input"),
            std::string::npos);
  folder_fsync_error = 0;
}

TEST(DurableFileMapped, ShowsTheBytes) {
  const TemporaryFolder folder;
  put(folder / "a", std::string("x\0y", 3));
  EXPECT_EQ(text_of(MappedFile(folder / "a").bytes()), std::string("x\0y", 3));
}

TEST(DurableFileMapped, AnEmptyFileHasNoBytes) {
  const TemporaryFolder folder;
  put(folder / "a", "");
  EXPECT_TRUE(MappedFile(folder / "a").bytes().empty());
}

TEST(DurableFileMapped, CanBeMoved) {
  const TemporaryFolder folder;
  put(folder / "a", "a");
  put(folder / "b", "b");
  MappedFile first(folder / "a"), second(folder / "b");
  MappedFile moved = std::move(first);
  EXPECT_EQ(text_of(moved.bytes()), "a");
  moved = std::move(second);
  EXPECT_EQ(text_of(moved.bytes()), "b");
}

TEST(DurableFileMapped, StaysWholeWhenTheFileIsReplaced) {
  const TemporaryFolder folder;
  put(folder / "a", "before");
  const MappedFile mapped(folder / "a");
  write_file_durably(folder / "a", "a");
  EXPECT_EQ(text_of(mapped.bytes()), "before");
}

std::string read_at(const PositionalFile& file, std::uint64_t offset, std::size_t first, std::size_t second) {
  std::string text(first + second, '?');
  const auto bytes = std::as_writable_bytes(std::span(text));
  file.read(offset, bytes.first(first), bytes.last(second));
  return text;
}

TEST(DurableFilePositional, ReadsWhereItIsAsked) {
  const TemporaryFolder folder;
  put(folder / "a", "0123456789");
  const PositionalFile file(folder / "a");
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(read_at(file, 2, 3, 0), "234");
  EXPECT_EQ(read_at(file, 2, 3, 5), "23456789");
  EXPECT_EQ(read_at(file, 10, 0, 0), "");
  file.expect(0, 1 << 20);
}

TEST(DurableFilePositional, WhatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  put(folder / "a", "0123456789");
  const PositionalFile file(folder / "a");
  std::filesystem::resize_file(folder / "a", 4);
  const Error cut = error_of([&] { read_at(file, 2, 3, 5); });
  EXPECT_EQ(cut.kind(), ErrorKind::kData);
  EXPECT_NE(std::string(cut.what()).find("a: ends at byte 4; it had 10"), std::string::npos) << cut.what();
  const ChildResult child = run_in_child([&] {
    make_system_call_fail(SYS_preadv, EIO);
    read_at(file, 0, 1, 0);
  });
  EXPECT_EQ(child.error, (folder / "a").string() + ": read: Input/output error");
  EXPECT_THROW(PositionalFile(folder / "none"), Error);
}

TEST(DurableFileText, TakesAtMostTheLimit) {
  const TemporaryFolder folder;
  put(folder / "a", std::string(100, 'x'));
  EXPECT_EQ(read_text_file(folder / "a", 100), std::string(100, 'x'));
  const Error error = error_of([&] { read_text_file(folder / "a", 99); });
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_NE(std::string(error.what()).find("larger than 99 bytes"), std::string::npos);
}

/// Every way to open what is no file: a data error that names the path, at once.
TEST(DurableFileOpened, WhatIsNoRegularFileIsRefusedAtOnce) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
  for (const std::string name : {"missing", "folder", "fifo", "dangling"}) {
    for (const Error& error :
         {error_of([&] { MappedFile{folder / name}; }), error_of([&] { read_text_file(folder / name, kLimit); })}) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_EQ(std::string(error.what()).find((folder / name).string()), 0u) << error.what();
    }
  }
  EXPECT_EQ(error_of([] { read_text_file("/dev/zero", kLimit); }).kind(), ErrorKind::kData);
}

}  // namespace
}  // namespace unmask
