// What the tests of commands that train share: small stores and configs, made once per suite, and the real program.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "tests/launch/program_runner.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {

class TinyRunTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("UNMASK_PYTHON", "/no/such/python", /*overwrite=*/1);  // no state dict, which costs seconds
    folder_ = new test_support::TemporaryFolder;
    write_tiny_stores(*folder_ / "stores");
    write_text(*folder_ / "train.toml", tiny_config(*folder_ / "stores"));
    write_text(*folder_ / "sweep.toml", tiny_config(*folder_ / "stores", kTinySweep));
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::filesystem::path folder() { return folder_->path(); }
  static std::string path(const std::string& name) { return (*folder_ / name).string(); }
  static std::string text_of(const std::string& name) { return read_text_file(*folder_ / name, 1 << 20); }
  /// `unmask train`, in the shell; `more`: options.
  static std::string train(const std::string& run, const std::string& more = "") {
    return std::string(UNMASK_PROGRAM) + " train " + path("train.toml") + " --run " + path(run) + " " + more;
  }

 private:
  static inline test_support::TemporaryFolder* folder_ = nullptr;
};

}  // namespace unmask
