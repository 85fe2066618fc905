#include "sweep/run/ledger_snapshot.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) { return read_text_file(file, 1 << 20); }

TEST(LedgerSnapshotTest, HoldsTheFileAndItsJournalAndIsGoneInTheEnd) {
  const test_support::TemporaryFolder folder;
  const fs::path file = folder / "any.db";
  std::ofstream(file) << "pages";
  fs::path copied;
  {
    const LedgerSnapshot snapshot(file);
    copied = snapshot.file();
    EXPECT_EQ(text_of(copied), "pages");
    EXPECT_FALSE(fs::exists(copied.string() + "-journal")) << "nobody writes";
    std::ofstream(file) << "other pages";
    EXPECT_EQ(text_of(copied), "pages");
  }
  EXPECT_FALSE(fs::exists(copied.parent_path()));
  std::ofstream(file.string() + "-journal") << "half a change";
  const LedgerSnapshot snapshot(file);
  EXPECT_EQ(text_of(snapshot.file().string() + "-journal"), "half a change");
}

TEST(LedgerSnapshotTest, WhatCantBeCopiedIsNamed) {
  const test_support::TemporaryFolder folder;
  try {
    const LedgerSnapshot snapshot(folder / "none.db");
    FAIL() << "nothing was copied";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find((folder / "none.db").string() + ": can't be copied"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace unmask
