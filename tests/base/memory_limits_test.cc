// The files of machines are recorded: a node of Slurm with cgroup v1, one with v2, and a container that sees only its
// own part of the hierarchy.
#include "base/memory_limits.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

class MemoryLimitsTest : public testing::Test {
 protected:
  MemoryLimitsTest() {
    put("proc/meminfo", "MemTotal:       24000000 kB\nMemFree:  1000 kB\nMemAvailable:   20480000 kB\n");
  }
  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  MemoryRoom room() const { return MemoryLimits(root_.path()).room(); }

  test_support::TemporaryFolder root_;
};

TEST_F(MemoryLimitsTest, WithoutACgroupTheMachineIsTheLimit) {
  EXPECT_EQ(room().free_bytes, 18000 * kMiB);  // nine tenths of MemAvailable
  EXPECT_EQ(room().where, "this machine");
}

TEST_F(MemoryLimitsTest, Version1) {
  put("proc/self/cgroup", "9:name=systemd:/\n4:memory:/slurm/uid_0/job_9/step_0/task_0\n1:cpu:/\n0::/\n");
  put("proc/self/mountinfo",
      "31 23 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
      "34 23 0:30 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
      "38 23 0:34 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  const std::string memory = "sys/fs/cgroup/memory/", job = memory + "slurm/uid_0/job_9/";
  for (const std::string& group : {memory, memory + "slurm/", memory + "slurm/uid_0/", job + "step_0/task_0/"}) {
    put(group + "memory.limit_in_bytes", "9223372036854771712\n");
    put(group + "memory.usage_in_bytes", "99999999\n");
  }
  put(job + "memory.limit_in_bytes", "1572864000\n");
  put(job + "memory.usage_in_bytes", "1363148800\n");  // 1300 MiB, 400 of them cached files
  put(job + "memory.stat",
      "cache 419430400\nrss 943718400\nhierarchical_memory_limit 1572864000\ntotal_cache 419430400\n"
      "total_inactive_file 314572800\ntotal_active_file 104857600\n");
  EXPECT_EQ(room().free_bytes, (1350 - 900) * kMiB);
  EXPECT_EQ(room().text(), "memory cgroup /slurm/uid_0/job_9 (limit 1500 MiB) has room for 450 MiB");
  put(job + "memory.usage_in_bytes", "1887436800\n");  // above nine tenths
  EXPECT_LT(room().free_bytes, 0);
  EXPECT_EQ(room().text(), "memory cgroup /slurm/uid_0/job_9 (limit 1500 MiB) has room for 0 MiB");
}

TEST_F(MemoryLimitsTest, Version2) {
  put("proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_9/step_0/user/task_0\n");
  put("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
  const std::string job = "sys/fs/cgroup/system.slice/slurmstepd.scope/job_9/";
  put(job + "memory.max", "2147483648\n");
  put(job + "memory.current", "1073741824\n");
  put(job + "memory.stat", "anon 536870912\nfile 536870912\ninactive_file 10485760\nactive_file 524288000\n");
  for (const char* group : {"step_0/", "step_0/user/", "step_0/user/task_0/"}) {
    put(job + group + "memory.max", "max\n");
    put(job + group + "memory.current", "1073741824\n");
  }
  const std::int64_t used = 1073741824 - 10485760 - 524288000;
  EXPECT_EQ(room().free_bytes, 2147483648 / 10 * 9 - used);
  EXPECT_EQ(room().where, "memory cgroup /system.slice/slurmstepd.scope/job_9");
  put(job + "step_0/memory.max", "1073741824\n");  // a step may be tighter than its job
  EXPECT_EQ(room().where, "memory cgroup /system.slice/slurmstepd.scope/job_9/step_0");
}

TEST_F(MemoryLimitsTest, Version2AsAKernelWritesIt) {
  put("proc/meminfo", "MemTotal:       65536000 kB\nMemAvailable:   62914560 kB\n");
  put("proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_9\n");
  put("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
  const std::string job = "sys/fs/cgroup/system.slice/slurmstepd.scope/job_9/";
  put(job + "memory.max", "38654705664\n");
  put(job + "memory.current", "34255073280\n");
  put(job + "memory.stat",  // of Linux 6, recorded
      "anon 6121017344\nfile 26672709632\nkernel 1461346304\nkernel_stack 25952256\npagetables 82386944\n"
      "sec_pagetables 0\npercpu 294409248\nsock 16384\nvmalloc 2097152\nshmem 6836224\nzswap 0\nzswapped 0\n"
      "file_mapped 993832960\nfile_dirty 4272128\nfile_writeback 0\nswapcached 0\nanon_thp 62914560\nfile_thp 0\n"
      "shmem_thp 0\ninactive_anon 17866752\nactive_anon 6109827072\ninactive_file 20126994432\n"
      "active_file 6537940992\nunevictable 28418048\nslab_reclaimable 1008383568\nslab_unreclaimable 35473416\n"
      "slab 1043856984\nworkingset_refault_anon 0\nworkingset_refault_file 49\nworkingset_activate_anon 0\n"
      "workingset_activate_file 49\nworkingset_restore_anon 0\nworkingset_restore_file 10\npgscan 262336\n"
      "pgsteal 262306\npgfault 0\npgmajfault 0\npgrefill 1\npgactivate 0\npgdeactivate 0\npglazyfree 3621\n");
  const std::int64_t used = 34255073280 - 20126994432 - 6537940992;
  EXPECT_EQ(room().free_bytes, 38654705664 / 10 * 9 - used);
}

TEST_F(MemoryLimitsTest, AContainerSeesItsOwnPart) {
  put("proc/self/cgroup", "4:memory:/docker/0123abcd\n");
  put("proc/self/mountinfo", "34 23 0:30 /docker/0123abcd /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576000\n");
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "104857600\n");
  EXPECT_EQ(room().text(), "memory cgroup / (limit 1000 MiB) has room for 800 MiB");
}

TEST_F(MemoryLimitsTest, KillsAreThoseOfItsOwnGroup) {
  EXPECT_EQ(MemoryLimits(root_.path()).kills(), 0);
  put("proc/self/cgroup", "4:memory:/slurm/job_9\n0::/user\n");
  put("proc/self/mountinfo",
      "34 23 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "38 23 0:34 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  const std::string kills = "oom_kill_disable 0\nunder_oom 0\noom_kill ";
  put("sys/fs/cgroup/memory/slurm/memory.oom_control", kills + "70\n");
  EXPECT_EQ(MemoryLimits(root_.path()).kills(), 0);
  put("sys/fs/cgroup/memory/slurm/job_9/memory.oom_control", kills + "3\n");
  EXPECT_EQ(MemoryLimits(root_.path()).kills(), 3);
  put("proc/self/cgroup", "0::/user/job_9\n");
  put("sys/fs/cgroup/unified/user/memory.events", "low 0\nhigh 0\nmax 9\noom 8\noom_kill 7\noom_group_kill 0\n");
  put("sys/fs/cgroup/unified/user/job_9/memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
  EXPECT_EQ(MemoryLimits(root_.path()).kills(), 2);
}

TEST_F(MemoryLimitsTest, ThisMachineHasRoom) {
  const MemoryRoom here = MemoryLimits().room();
  EXPECT_GT(here.limit_bytes, 0);
  EXPECT_GT(here.free_bytes, 0);
}

TEST_F(MemoryLimitsTest, TheMostMemoryThatWasHeldGrowsOnly) {
  const std::int64_t before = most_memory_bytes();
  EXPECT_GT(before, kMiB);
  {
    const std::vector<char> large(64 * kMiB, 1);
    EXPECT_EQ(large.back(), 1);
  }
  EXPECT_GE(most_memory_bytes(), 64 * kMiB);
  EXPECT_GE(most_memory_bytes(), before);
}

}  // namespace
}  // namespace unmask
