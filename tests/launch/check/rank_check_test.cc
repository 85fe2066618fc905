// On 1 and 2 ranks.
#include "launch/check/rank_check.h"

#include <gtest/gtest.h>

#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class RankCheckTest : public testing::Test {
 protected:
  RankCheckTest() : session_(&mpi_runtime()) {
    config_ = read_run_config(tiny_config(folder_ / "stores"), "a.toml", {}, ConfigFor::kTrain);
  }
  ~RankCheckTest() override { session_.close(); }

  Session session_;
  const test_support::TemporaryFolder folder_;  // each rank has its own; rank zero's is looked at
  RunConfig config_;
};

TEST_F(RankCheckTest, RanksOfOneHostAreARowAndNothingIsLeft) {
  Findings findings;
  const std::string told = check_ranks(session_, config_, (folder_ / "run/not/there").string(), 0, findings);
  EXPECT_EQ(folder_.entries(), 0u);
  if (session_.rank() != 0) {
    EXPECT_EQ(told, "");
    return;
  }
  const std::string ranks = session_.world().world() == 1 ? "0" : "0-" + std::to_string(session_.world().world() - 1);
  for (const std::string& part : {std::string("cores a rank"), "  " + ranks + "  ", std::string("MPI_THREAD_MULTIPLE"),
                                  std::string(" MB/s\nnumerics: "), std::string("fp32")})
    EXPECT_NE(told.find(part), std::string::npos) << part << "\n" << told;
  // Real locks on a real disk: the second process doesn't get what the first one holds.
  EXPECT_EQ(findings.text().find("lock that rank 0 holds"), std::string::npos) << findings.text();
  EXPECT_EQ(findings.exit_code(), 0) << findings.text();
}

TEST_F(RankCheckTest, AFolderThatTakesNoFileIsAFault) {
  Findings findings;
  check_ranks(session_, config_, "/proc/self", 0, findings);
  if (session_.rank() == 0) {
    EXPECT_EQ(findings.exit_code(), 2);
    EXPECT_NE(findings.text().find("FAULT  /proc/self: no file can be made there; choose another --run folder"),
              std::string::npos)
        << findings.text();
  }
}

}  // namespace
}  // namespace unmask
