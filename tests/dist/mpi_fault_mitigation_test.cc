// A rank that dies by SIGKILL before, in or after a collective over MPI: the job ends by itself, and says who.
#include <mpi.h>
#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

constexpr int kTimedOut = 124;  // of timeout(1)

struct Job {
  int exit_code = -1;
  std::string text;
};

Job run(int ranks, const std::string& launcher_options, const std::string& when) {
  const std::string command = "timeout --kill-after=5 60 " UNMASK_MPIRUN " --oversubscribe --allow-run-as-root " +
                              launcher_options + " -n " + std::to_string(ranks) + " " UNMASK_DYING_RANK " " + when +
                              " 2>&1 </dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  Job job;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = ::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    job.text.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) job.exit_code = WEXITSTATUS(status);
  return job;
}

/// Whether a process computes or waits: one that ended may stay a zombie until somebody asks for its exit code.
bool is_alive(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

void expect_no_process_left(const Job& job, int ranks) {
  const std::regex line("process ([0-9]+)");
  int seen = 0;
  for (auto match = std::sregex_iterator(job.text.begin(), job.text.end(), line); match != std::sregex_iterator();
       ++match, ++seen) {
    const std::string process = (*match)[1];
    for (int i = 0; i < 100 && is_alive(process); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(is_alive(process)) << "process " << process << " of the job is still there";
  }
  EXPECT_GE(seen, ranks) << job.text;
}

class MpiFaultMitigationDeath : public testing::TestWithParam<const char*> {};

TEST_P(MpiFaultMitigationDeath, EndsTheJobAndIsNamed) {
  const int ranks = std::string(GetParam()) == "in" ? 4 : 2;
  const Job job = run(ranks, "", GetParam());
  EXPECT_GT(job.exit_code, 0) << job.text;
  EXPECT_NE(job.exit_code, kTimedOut) << "the job hung: " << job.text;
  EXPECT_NE(job.text.find("signal 9 (Killed)"), std::string::npos) << job.text;
  expect_no_process_left(job, ranks);
}

INSTANTIATE_TEST_SUITE_P(Moments, MpiFaultMitigationDeath, testing::Values("before", "in", "after"),
                         [](const auto& moment) { return std::string(moment.param); });

#ifdef OMPI_HAVE_MPI_EXT_FTMPI
class MpiFaultMitigationSurvivor : public testing::TestWithParam<const char*> {};

/// Where MPI survives a death, the sum says so: operation, rank and MPI's own word.
TEST_P(MpiFaultMitigationSurvivor, FailsTheSumOfTheOther) {
  const Job job = run(2, "--with-ft ulfm", GetParam());
  EXPECT_NE(job.exit_code, kTimedOut) << "the job hung: " << job.text;
  const std::regex expected("survivor: all_reduce_sum\\(int64\\) on rank 0 of 2: .*MPI_ERR_PROC_FAILED");
  EXPECT_TRUE(std::regex_search(job.text, expected)) << job.text;
  expect_no_process_left(job, 2);
}

INSTANTIATE_TEST_SUITE_P(Moments, MpiFaultMitigationSurvivor, testing::Values("before", "in", "after"),
                         [](const auto& moment) { return std::string(moment.param); });

TEST(MpiFaultMitigation, SurvivorsMakeANewGroupAndEndInOrder) {
  const Job job = run(4, "--with-ft ulfm", "grouped");
  EXPECT_EQ(job.exit_code, 0) << job.text;
  for (const char* messages : {"3 messages", "0 messages"}) {
    EXPECT_NE(
        job.text.find("survivor: lost rank 3, the sum of the others is 3, " + std::string(messages) + ", world 3"),
        std::string::npos)
        << job.text;
  }
  expect_no_process_left(job, 4);
}
#endif

}  // namespace
}  // namespace unmask
