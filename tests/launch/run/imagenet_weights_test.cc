#include "launch/run/imagenet_weights.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/durable_file.h"
#include "model/files/safetensors.h"
#include "model/files/weight_conversion.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;

namespace fs = std::filesystem;

/// In the place of Python stands a program that counts its calls and hands out a file made before: what Python makes of
/// a .pth is judged in tests/model/files.
class ImagenetWeightsTest : public testing::Test {
 protected:
  ImagenetWeightsTest() {
    fs::create_directories(folder_ / "torch/hub/checkpoints");
    const std::string python = write_text(folder_ / "python", "#!/bin/sh\necho call >> " + path("calls") + "\ncp " +
                                                                  path("made.safetensors") + " \"$6\"\n");
    fs::permissions(python, fs::perms::owner_all);
    ::setenv("UNMASK_PYTHON", python.c_str(), 1);
    ::setenv("TORCH_HOME", path("torch").c_str(), 1);
    make(kWeights.sha256);
  }
  ~ImagenetWeightsTest() override {
    ::unsetenv("UNMASK_PYTHON");
    ::unsetenv("TORCH_HOME");
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// What the converter makes of a .pth with that hash.
  void make(const std::string& sha256) const {
    write_safetensors(folder_ / "made.safetensors", "made", {}, {{kSourceSha256, sha256}});
  }
  fs::path find() const { return imagenet_weights(kWeights, folder_ / "weights"); }
  std::string calls() const {
    return fs::exists(folder_ / "calls") ? read_text_file(folder_ / "calls", 1000) : std::string();
  }

  inline static const PublishedWeights kWeights{"net-1234.pth", "1234abcd", "https://example.org/net-1234.pth"};
  test_support::TemporaryFolder folder_;
};

TEST_F(ImagenetWeightsTest, WhereTheFileIsNowhereTheErrorSaysHowToGetIt) {
  EXPECT_EQ(refusal(ErrorKind::kUsage, [&] { find(); }),
            "model.init = \"imagenet\": net-1234.pth is neither in " + path("weights") + "/ nor in " +
                path("torch/hub/checkpoints") + " ($TORCH_HOME); get it with\n  curl --create-dirs -o " +
                path("weights/net-1234.pth") +
                " https://example.org/net-1234.pth\n  SHA-256 1234abcd, which is checked when it is imported");
  EXPECT_FALSE(fs::exists(folder_ / "weights"));
}

TEST_F(ImagenetWeightsTest, IsImportedOnceFromEitherPlace) {
  for (const char* place : {"torch/hub/checkpoints", "weights"}) {
    fs::remove_all(folder_ / "weights");
    fs::remove(folder_ / "calls");
    fs::create_directories(folder_ / place);
    write_text(folder_ / place / "net-1234.pth", "a pickle");
    for (int start = 0; start < 3; ++start) EXPECT_EQ(find(), folder_ / "weights/net-1234.safetensors");
    EXPECT_EQ(calls(), "call\n") << place;
    fs::remove(folder_ / place / "net-1234.pth");
    EXPECT_EQ(find(), folder_ / "weights/net-1234.safetensors");  // what is imported is enough
  }
}

TEST_F(ImagenetWeightsTest, AnotherFileOfThatNameIsRefused) {
  write_text(folder_ / "torch/hub/checkpoints/net-1234.pth", "half of it");
  make("5678");
  EXPECT_EQ(
      refusal(ErrorKind::kData, [&] { find(); }),
      path("torch/hub/checkpoints/net-1234.pth") + ": has SHA-256 5678, wanted 1234abcd: damaged, or another file");
  EXPECT_FALSE(fs::exists(folder_ / "weights/net-1234.safetensors"));
}

TEST_F(ImagenetWeightsTest, TheNetworksOwnAreTorchvisions) {
  const PublishedWeights weights = published_weights(Architecture::kResnet18);
  EXPECT_EQ(weights.file, "resnet18-f37072fd.pth");
  EXPECT_EQ(weights.sha256, "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec");
}

}  // namespace
}  // namespace unmask
