#include "sweep/run/lease_timing.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

// docs/formats.md; report/optuna_storage reads it.
TEST(LeaseTimingTest, ALineALeaseBelowOneHeader) {
  const test_support::TemporaryFolder temporary;
  const RunFolder folder(temporary.path());
  append_timing(folder, {7, 2, 4, "node3", 40, 120, 61.5, "rung", "2026-11-22T18:00:00Z"});
  append_timing(folder, {8, 1, 1, "node1", 0, 3, 0.25, "rank died", "2026-11-22T18:00:01Z"});
  EXPECT_EQ(read_text_file(folder.timing(), 1 << 20),
            "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n"
            "7,2,4,node3,40,120,61.5,rung,2026-11-22T18:00:00Z\n"
            "8,1,1,node1,0,3,0.25,rank died,2026-11-22T18:00:01Z\n");
}

TEST(LeaseTimingTest, AFolderThatCanNotBeWrittenEndsNoRun) {
  const test_support::TemporaryFolder temporary;
  const RunFolder folder(temporary / "missing");
  EXPECT_NO_THROW(append_timing(folder, {}));
  EXPECT_FALSE(std::filesystem::exists(folder.timing()));
}

}  // namespace
}  // namespace unmask
