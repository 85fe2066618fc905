#include "report/optuna_schema.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(OptunaSchema, IsTheOneThatOptunaMakes) {
  const test_support::TemporaryFolder folder;
  const std::string file = (folder / "study.db").string();
  {
    SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    make_optuna_tables(database);
  }
  EXPECT_EQ(test_support::run_python("tests/report/optuna_judge.py", {"schema", file}), "as wanted\n");
}

}  // namespace
}  // namespace unmask
