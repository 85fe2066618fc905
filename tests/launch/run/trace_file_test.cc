// On 1 and 2 ranks.
#include "launch/run/trace_file.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/trace.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(TraceFileTest, ItIsATimelineOfAllRanks) {
  const test_support::TemporaryFolder folder;
  Session session(&mpi_runtime());
  TraceFile trace(folder / "trace.json", session);
  { const TraceSpan span("work"); }
  trace.write();
  session.close();
  if (mpi_world().rank() != 0) return;
  const auto json = nlohmann::json::parse(read_text_file(folder / "trace.json", 1 << 20));
  std::set<int> named, worked;
  for (const auto& event : json.at("traceEvents")) {
    const int rank = event.at("pid").get<int>();
    if (event.at("ph") == "M") named.insert(rank);
    if (event.at("ph") == "X" && event.at("name") == "work") {
      worked.insert(rank);
      EXPECT_GE(event.at("ts").get<double>(), 0);
      EXPECT_GE(event.at("dur").get<double>(), 0);
    }
  }
  EXPECT_EQ(worked.size(), static_cast<std::size_t>(mpi_world().world()));
  EXPECT_EQ(named, worked);
}

TEST(TraceFileTest, AFileThatCantBeWrittenIsToldAtTheStartOnAllRanks) {
  Session session(&mpi_runtime());
  try {
    TraceFile trace("/nowhere/trace.json", session);
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailed);
    EXPECT_NE(std::string(error.what()).find("/nowhere/trace.json"), std::string::npos) << error.what();
  }
  TraceFile none("", session);
  none.write();  // nothing
  session.close();
}

}  // namespace
}  // namespace unmask
