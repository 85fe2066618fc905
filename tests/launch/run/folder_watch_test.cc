// With a model, kills and ranks: ../watch.py.
#include "launch/run/folder_watch.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/printable.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class FolderWatchTest : public testing::Test {
 protected:
  FolderWatchTest() : session_(nullptr) { fs::create_directory(in()); }
  fs::path in() const { return folder_ / "in"; }
  fs::path out() const { return folder_ / "out"; }
  void make(const std::string& name, const std::string& text = "x") {
    fs::create_directories((in() / name).parent_path());
    std::ofstream(in() / name, std::ios::app) << text;
  }
  FolderWatchOptions options(bool once = true) {
    FolderWatchOptions options;
    options.folder = in();
    options.out = out();
    options.poll_s = 0.05;
    options.once = once;
    options.still_s = 0.2;
    options.model_digest = "m";
    return options;
  }
  /// What the ranks see of any file: its name.
  JudgedInput score(const fs::path& file) {
    ++scored_[file.filename().native()];
    if (on_score_) on_score_(file);
    JudgedInput input;
    input.name = printable(file.native());
    input.status = "ok";
    input.read = 1;
    return input;
  }
  /// "" as it ends, or what it threw.
  std::string run(const FolderWatchOptions& options) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    std::string thrown;
    try {
      FolderWatch(options, session_, stop_).run([&](const fs::path& file) { return score(file); });
    } catch (const Error& error) {
      thrown = error.what();
      kind_ = error.kind();
    }
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return thrown;
  }
  /// Names of the inputs that have verdicts, in their order.
  std::vector<std::string> judged() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(out())) {
      if (!is_day_file(entry.path().filename())) continue;
      std::ifstream lines(entry.path());
      for (std::string line; std::getline(lines, line);)
        names.push_back(fs::path(nlohmann::json::parse(line).at("input")).filename());
    }
    return names;
  }
  using Names = std::vector<std::string>;

  test_support::TemporaryFolder folder_;
  Session session_;
  std::atomic<bool> stop_ = false;
  std::map<std::string, int> scored_;
  std::function<void(const fs::path&)> on_score_;
  std::string out_, err_;
  ErrorKind kind_ = ErrorKind::kFailed;
};

TEST_F(FolderWatchTest, OnceJudgesWhatStandsThereOnce) {
  make("b/y\n");
  make("a");
  make("out/own");
  FolderWatchOptions within = options();
  within.out = in() / "out";
  EXPECT_EQ(run(within), "");
  EXPECT_EQ(out_, printable((in() / "a").native()) + ": cannot judge (no face)\n" +
                      printable((in() / "b/y\n").native()) + ": cannot judge (no face)\n");
  EXPECT_NE(err_.find("watching " + in().native() + "; verdicts go to " + within.out.native()), std::string::npos);
  EXPECT_EQ(run(within), "");
  EXPECT_EQ(scored_, (std::map<std::string, int>{{"a", 1}, {"y\n", 1}}));
}

TEST_F(FolderWatchTest, WhatChangesUnderItsEyesIsJudgedLater) {
  make("a");
  make("b");
  make("c");
  on_score_ = [&](const fs::path& file) {
    if (file.filename() == "a" && scored_["a"] == 1) make("a", "more");
    if (file.filename() == "b" && scored_["b"] == 1) fs::remove(file);
    if (scored_["a"] == 2) stop_ = true;
  };
  EXPECT_NE(run(options(/*once=*/false)), "");
  EXPECT_EQ(judged(), (Names{"c", "a"}));
  EXPECT_EQ(scored_, (std::map<std::string, int>{{"a", 2}, {"b", 1}, {"c", 1}}));
  EXPECT_NE(err_.find("/in/b: changed or vanished before it was judged"), std::string::npos) << err_;
}

TEST_F(FolderWatchTest, AStopKeepsWhatIsDone) {
  for (const char* name : {"a", "b", "c"}) make(name);
  on_score_ = [&](const fs::path& file) { stop_ = file.filename() == "b"; };
  EXPECT_NE(run(options()).find("stopped on request; inputs judged since the start: 2"), std::string::npos);
  EXPECT_EQ(kind_, ErrorKind::kStopped);
  EXPECT_EQ(judged(), (Names{"a", "b"}));
  // Or the input at hand is given up.
  stop_ = false;
  on_score_ = [&](const fs::path&) {
    stop_ = true;
    throw Error(ErrorKind::kStopped, "given up");
  };
  EXPECT_NE(run(options()).find("since the start: 0"), std::string::npos);
  stop_ = false;
  on_score_ = {};
  EXPECT_EQ(run(options()), "");
  EXPECT_EQ(judged(), (Names{"a", "b", "c"}));
}

TEST_F(FolderWatchTest, AFolderThatVanishesComesBack) {
  make("a");
  int passes = 0;
  on_score_ = [&](const fs::path& file) {
    if (file.filename() == "b") stop_ = true;
    if (passes++ > 0) return;
    // The next looks find nothing; a second thread of the world moves it back.
    fs::rename(in(), folder_ / "away");
    if (::fork() == 0) {
      ::usleep(500'000);
      std::ofstream(folder_ / "away/b") << "x";
      ::rename((folder_ / "away").c_str(), in().c_str());
      ::_exit(0);
    }
  };
  run(options(/*once=*/false));
  EXPECT_EQ(judged(), (Names{"a", "b"}));
  const std::string gone = in().native() + ": can't be listed: No such file or directory";
  EXPECT_NE(err_.find(gone + "; it is looked at again\n"), std::string::npos) << err_;
  EXPECT_NE(err_.find(gone + ": no longer so\n"), std::string::npos) << err_;
}

TEST_F(FolderWatchTest, FoldersThatMakeNoSenseAreRefused) {
  FolderWatchOptions missing = options();
  missing.folder = folder_ / "no such";
  EXPECT_NE(run(missing).find("no such: is no folder"), std::string::npos);
  EXPECT_EQ(kind_, ErrorKind::kUsage);
  FolderWatchOptions itself = options();
  itself.out = in();
  EXPECT_NE(run(itself).find("--out: "), std::string::npos);
}

}  // namespace
}  // namespace unmask
