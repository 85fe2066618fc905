#include "sweep/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <chrono>
#include <memory>
#include <thread>

#include "base/error.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test_support::make_file_locks_fail;
using test_support::make_system_call_fail;
using test_support::run_in_child;

constexpr double kLong = 30, kShort = 0.3;  // s that a holder is watched: to see it live, to see it dead

class RunLockTest : public testing::Test {
 protected:
  static RunLockOptions on_host(const std::string& host, double takeover_s) {
    RunLockOptions options;
    options.takeover_s = takeover_s;
    options.self.host = host;
    options.self.boot_id = "boot-of-" + host;
    return options;
  }
  std::string fault(const RunLockOptions& options) {
    try {
      const RunLock lock(folder_, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFailed);
      return error.what();
    }
    return "";
  }

  static RunLockOptions watching(double takeover_s) {
    RunLockOptions options;
    options.takeover_s = takeover_s;
    return options;
  }
  /// The fault of a start in a process where flock fails so; "" if it got the folder.
  std::string fault_where_flock_fails(int flock_error, double takeover_s) {
    return run_in_child([&] {
             make_system_call_fail(SYS_flock, flock_error);
             const RunLock lock(folder_, watching(takeover_s));
           })
        .error;
  }
  static void end(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  /// A child process that takes the lock, tells so through a pipe, and sleeps until it is killed. flock_error: not 0,
  /// flock fails there so.
  pid_t child_that_holds(int flock_error = 0) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (flock_error != 0) make_system_call_fail(SYS_flock, flock_error);
      const RunLock lock(folder_, watching(1));
      (void)!::write(ends[1], "x", 1);
      for (;;) ::pause();
    }
    char byte = 0;
    ::close(ends[1]);
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    ::close(ends[0]);
    return child;
  }

  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
};

TEST_F(RunLockTest, SecondProcessIsToldWhoHoldsIt) {
  const pid_t child = child_that_holds();
  const std::string text = fault({});
  EXPECT_NE(text.find("process " + std::to_string(child)), std::string::npos) << text;
  EXPECT_NE(text.find("host "), std::string::npos) << text;
  end(child);
}

TEST_F(RunLockTest, KilledHolderFreesItAtOnce) {
  end(child_that_holds());
  ASSERT_TRUE(fs::exists(folder_.lock_holder()));  // left behind
  std::string waited;
  RunLockOptions options;
  options.note = [&](const std::string& text) { waited = text; };
  const RunLock lock(folder_, options);
  EXPECT_EQ(waited, "");
  EXPECT_EQ(living_holder(folder_, 1, nullptr)->pid, ::getpid());
}

// A requeued job may start while its former self still ends.
TEST_F(RunLockTest, PatientStartWaitsForTheHolderToEnd) {
  auto first = std::make_unique<RunLock>(folder_, RunLockOptions{});
  RunLockOptions patient;
  patient.patience_s = 60;
  patient.note = [&](const std::string&) { first.reset(); };
  EXPECT_NO_THROW(RunLock(folder_, patient));
  EXPECT_EQ(first, nullptr) << "nobody was told of the holder";
}

TEST_F(RunLockTest, ReleaseLeavesNoHolder) {
  { const RunLock lock(folder_, {}); }
  EXPECT_FALSE(fs::exists(folder_.lock_holder()));
  EXPECT_EQ(fault({}), "");
}

TEST_F(RunLockTest, OneOfManyRacingProcessesWins) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  constexpr int kRacers = 8, kRounds = 6;
  for (int round = 0; round < kRounds; ++round) {
    int start[2], hold[2];
    ASSERT_EQ(::pipe(start), 0);
    ASSERT_EQ(::pipe(hold), 0);
    std::vector<pid_t> racers;
    for (int racer = 0; racer < kRacers; ++racer) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::close(start[1]);
        ::close(hold[1]);
        char byte = 'L';
        (void)!::read(start[0], &byte, 1);  // returns when the parent closes
        try {
          // Half of the rounds race for the holder's file alone, without locks of the kernel.
          RunLockOptions options = round % 2 == 0 ? RunLockOptions{} : on_host("host" + std::to_string(racer), 1);
          const RunLock lock(folder_, options);
          byte = 'W';
          (void)!::write(ends[1], &byte, 1);
          (void)!::read(hold[0], &byte, 1);  // holds until the parent has counted
        } catch (const Error&) {
          byte = 'L';
          (void)!::write(ends[1], &byte, 1);
        }
        ::_exit(0);
      }
      racers.push_back(child);
    }
    ::close(start[0]);
    ::close(hold[0]);
    ::close(start[1]);
    int winners = 0;
    for (int told = 0; told < kRacers; ++told) {
      char byte = 0;
      ASSERT_EQ(::read(ends[0], &byte, 1), 1);
      winners += byte == 'W';
    }
    EXPECT_EQ(winners, 1) << "round " << round;
    ::close(hold[1]);
    for (const pid_t racer : racers) ::waitpid(racer, nullptr, 0);
    fs::remove(folder_.lock_holder());  // _exit leaves it
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(RunLockTest, LivingHolderOnAnotherHostIsNotTakenOver) {
  const RunLock first(folder_, on_host("a", 1));
  const std::string text = fault(on_host("b", 1));
  EXPECT_NE(text.find("host a"), std::string::npos) << text;
}

TEST_F(RunLockTest, DeadHolderOnAnotherHostIsTakenOver) {
  std::ofstream(folder_.lock_holder())
      << R"({"host":"gone","boot_id":"x","pid":7,"slurm_job":"99","token":"t","counter":5})";
  std::string waited;
  RunLockOptions options = on_host("b", 1);
  options.note = [&](const std::string& text) { waited = text; };
  const RunLock lock(folder_, options);
  EXPECT_NE(waited.find("host gone, process 7, Slurm job 99"), std::string::npos) << waited;
}

TEST_F(RunLockTest, AnotherHolderWithTheSameCounterLives) {
  const std::string start = R"({"host":"x","boot_id":"x","pid":7,"slurm_job":"","counter":5,"token":")";
  std::ofstream(folder_.lock_holder()) << start << "t\"}";
  RunLockOptions options = on_host("b", 1);
  options.note = [&](const std::string&) { std::ofstream(folder_.lock_holder()) << start << "u\"}"; };
  EXPECT_NE(fault(options).find("host x"), std::string::npos);
}

// It left the name that only one can take; without an end it would be waited for.
TEST_F(RunLockTest, ATakerThatDiedOnTheWayIsNotInTheWay) {
  std::ofstream(folder_.lock_holder())
      << R"({"host":"gone","boot_id":"x","pid":7,"slurm_job":"","token":"t","counter":5})";
  const fs::path left = folder_.lock_holder().native() + ".dead-t";
  std::ofstream(left) << "{}";
  const RunLock lock(folder_, on_host("b", kShort));
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(RunLockTest, DamagedHolderIsTakenOver) {
  std::ofstream(folder_.lock_holder()) << "{\"host\": \"a";
  const RunLock lock(folder_, on_host("b", 1));
  EXPECT_FALSE(lock.lost());
}

TEST_F(RunLockTest, HolderThatSleptTooLongFindsItselfReplaced) {
  RunLock first(folder_, on_host("a", 1));
  std::ofstream(folder_.lock_holder())
      << R"({"host":"b","boot_id":"y","pid":8,"slurm_job":"","token":"other","counter":0})";
  EXPECT_THROW(first.check(), Error);
  EXPECT_TRUE(first.lost());
}

TEST_F(RunLockTest, ReadersAreToldWhoHoldsTheFolder) {
  EXPECT_FALSE(living_holder(folder_, 1, nullptr).has_value());
  {
    const RunLock lock(folder_, {});
    const auto holder = living_holder(folder_, 1, nullptr);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->pid, ::getpid());
  }
  EXPECT_FALSE(living_holder(folder_, 1, nullptr).has_value());
}

TEST_F(RunLockTest, ReadersTellALivingHolderOnAnotherHostFromADeadOne) {
  {
    const RunLock lock(folder_, on_host("a", 1));
    std::string waited;
    const auto holder = living_holder(folder_, 1, [&](const std::string& text) { waited = text; });
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->host, "a");
    EXPECT_NE(waited.find("host a"), std::string::npos) << waited;
  }
  std::ofstream(folder_.lock_holder())
      << R"({"host":"gone","boot_id":"x","pid":7,"slurm_job":"","token":"t","counter":5})";
  EXPECT_FALSE(living_holder(folder_, 0.2, nullptr).has_value());
  EXPECT_TRUE(fs::exists(folder_.lock_holder())) << "a reader changes nothing";
}

// Lustre without flock, and its like: the kernel's answer says nothing of the holder on the same host.
TEST_F(RunLockTest, WithoutFileLocksALivingRunIsNotTakenOver) {
  for (const int error : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    const pid_t child = child_that_holds(error);
    const std::string who = "process " + std::to_string(child);
    EXPECT_NE(fault_where_flock_fails(error, kLong).find(who), std::string::npos) << error;
    if (error == ENOLCK) {
      EXPECT_NE(fault(watching(kLong)).find(who), std::string::npos) << "a lock that its holder could not get";
      EXPECT_EQ(living_holder(folder_, kLong, nullptr).value_or(LockHolder{}).pid, child);
    }
    end(child);
    EXPECT_EQ(fault_where_flock_fails(error, kShort), "") << "dead: its counter stands still, " << error;
  }
}

// The server of a network disk may know later than we that a node died.
TEST_F(RunLockTest, AHeldLockOfAnotherHostIsWatched) {
  {
    const RunLock living(folder_, on_host("a", 1));
    const std::string text = fault_where_flock_fails(EWOULDBLOCK, kLong);
    EXPECT_NE(text.find("host a"), std::string::npos) << text;
  }
  const std::string gone = R"({"host":"gone","boot_id":"x","pid":7,"slurm_job":"","token":"t","counter":5})";
  std::ofstream(folder_.lock_holder()) << gone;
  EXPECT_EQ(fault_where_flock_fails(EWOULDBLOCK, kShort), "");
  std::ofstream(folder_.lock_holder()) << gone;
  const auto reader = run_in_child([&] {
    make_system_call_fail(SYS_flock, EWOULDBLOCK);
    if (living_holder(folder_, kShort, nullptr)) throw Error(ErrorKind::kFailed, "alive");
  });
  EXPECT_EQ(reader.error, "");
}

// Readers ask for the lock too, for a moment.
TEST_F(RunLockTest, AReaderIsNoHolder) {
  { const RunLock first(folder_, {}); }
  const int fd = ::open(folder_.lock().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_SH | LOCK_NB), 0);
  std::thread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::close(fd);
  });
  EXPECT_EQ(fault({}), "");
  reader.join();
}

TEST_F(RunLockTest, PartsOfFilesCanBeLockedUnlessTheirFileSystemHasNoLocks) {
  const std::filesystem::path file = folder_.root() / "locked";
  EXPECT_TRUE(has_record_locks(file));
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_TRUE(has_record_locks(folder_.root() / "no folder" / "locked")) << "SQLite will say why";
  const auto asked_where = [&](int error) {
    return run_in_child([&] {
             make_file_locks_fail(error);
             if (has_record_locks(file)) throw Error(ErrorKind::kFailed, "has locks");
           })
        .error;
  };
  for (const int error : {ENOLCK, ENOSYS, EOPNOTSUPP}) EXPECT_EQ(asked_where(error), "") << error;
  EXPECT_EQ(asked_where(EAGAIN), "has locks") << "somebody else has it";
}

}  // namespace
}  // namespace unmask
