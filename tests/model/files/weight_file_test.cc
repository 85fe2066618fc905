#include "model/files/weight_file.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "base/error.h"
#include "model/files/weight_conversion.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

const std::filesystem::path kPython = UNMASK_PYTHON;

std::string temporary(const std::string& name) { return testing::TempDir() + "weight_file_test_" + name; }

/// Runs tests/model/files/weight_file_judge.py.
int judge(const std::string& arguments) {
  const std::string command =
      kPython.string() + " " + UNMASK_SOURCE_DIR + "/tests/model/files/weight_file_judge.py " + arguments;
  return std::system(command.c_str());
}

Classifier random_classifier(Head head, std::uint64_t seed) {
  Classifier classifier({.init = "random", .head = head});
  double start = static_cast<double>(seed);
  for (NamedTensor& parameter : classifier.parameters()) {
    const at::Tensor values = at::arange(parameter.tensor.numel(), at::kFloat).mul_(0.37).add_(start++).sin_();
    parameter.tensor.detach().copy_(values.reshape(parameter.tensor.sizes()));
  }
  for (NamedTensor& running : classifier.running_statistics()) running.tensor.add_(static_cast<double>(seed));
  return classifier;
}

std::string save(const Classifier& classifier, const std::string& name) {
  std::vector<at::Tensor> kept;
  const std::vector<TensorBytes> state = state_bytes(classifier, kept);
  write_safetensors(temporary(name), "1", state, {{"format", "unmask.model.1"}});
  return temporary(name);
}

bool equal(const Classifier& a, const Classifier& b) {
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    if (!a.parameters()[i].tensor.equal(b.parameters()[i].tensor)) return false;
  }
  for (std::size_t i = 0; i < a.running_statistics().size(); ++i) {
    if (!a.running_statistics()[i].tensor.equal(b.running_statistics()[i].tensor)) return false;
  }
  return true;
}

std::string message_of(const std::function<void()>& action, ErrorKind kind = ErrorKind::kData) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(error.fault().cause, Cause::kOther) << error.what();  // a NaN of a file is no divergence of training
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(WeightFile, WhatIsSavedIsLoadedBitByBit) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const Classifier saved = random_classifier(head, 1);
    const std::string path = save(saved, "round_trip_" + to_word(head));
    Classifier loaded = random_classifier(head, 2);
    EXPECT_FALSE(equal(saved, loaded));
    EXPECT_TRUE(load_weights(loaded, SafetensorsFile(path, SafetensorsFile::Digest::kRequired), path, false).empty());
    EXPECT_TRUE(equal(saved, loaded));
    EXPECT_EQ(loaded.parameters()[0].tensor.strides(), saved.parameters()[0].tensor.strides());
  }
}

TEST(WeightFile, AnotherHeadIsLeftAsItIsAndNamedOrRefused) {
  const std::string path = save(random_classifier(Head::kLinear, 1), "other_head");
  const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
  Classifier hidden = random_classifier(Head::kHidden, 2);
  const Classifier before = random_classifier(Head::kHidden, 2);
  const std::string message = message_of([&] { load_weights(hidden, file, path, false); });
  EXPECT_NE(message.find("fc.1.weight is missing, wanted [256, 512]"), std::string::npos) << message;
  EXPECT_TRUE(equal(hidden, before));
  const std::vector<std::string> left = load_weights(hidden, file, path, true);
  EXPECT_EQ(left.size(), 8u);
  EXPECT_TRUE(hidden.parameters()[62].tensor.equal(before.parameters()[62].tensor));
  EXPECT_FALSE(hidden.parameters()[0].tensor.equal(before.parameters()[0].tensor));
}

TEST(WeightFile, AWrongShapeAMissingTensorAndANaNAreNamed) {
  const Classifier classifier = random_classifier(Head::kLinear, 1);
  std::vector<at::Tensor> kept;
  const std::vector<TensorBytes> state = state_bytes(classifier, kept);
  const std::string path = temporary("damaged");
  const auto refuse = [&](const std::vector<TensorBytes>& tensors) {
    write_safetensors(path, "1", tensors, {});
    Classifier target = random_classifier(Head::kLinear, 2);
    const Classifier before = random_classifier(Head::kLinear, 2);
    const std::string message = message_of(
        [&] { load_weights(target, SafetensorsFile(path, SafetensorsFile::Digest::kRequired), path, true); });
    EXPECT_TRUE(equal(target, before)) << "something was loaded";
    EXPECT_NE(message.find(path), std::string::npos);
    return message;
  };
  auto changed = state;
  changed[0].shape = {64, 3, 49};
  EXPECT_NE(refuse(changed).find("conv1.weight is [64, 3, 49], wanted [64, 3, 7, 7]"), std::string::npos);
  changed = state;
  changed.erase(changed.begin() + 3);
  EXPECT_NE(refuse(changed).find("layer1.0.conv1.weight is missing"), std::string::npos);
  changed = state;
  changed.push_back({"layer1.0.conv3.weight", "F32", {64, 3, 7, 7}, state[0].bytes});
  EXPECT_NE(refuse(changed).find("layer1.0.conv3.weight"), std::string::npos);
  changed = state;
  changed[0].dtype = "I32";
  EXPECT_NE(refuse(changed).find("I32"), std::string::npos);
  changed = state;
  at::Tensor bad = classifier.parameters()[0].tensor.detach().contiguous().clone();
  bad.view({-1})[5] = NAN;
  changed[0].bytes = {static_cast<const std::byte*>(bad.const_data_ptr()), changed[0].bytes.size()};
  EXPECT_NE(refuse(changed).find("conv1.weight holds a value that is not finite"), std::string::npos);
}

/// Good and bad files, made once.
std::string made_files() {
  static const std::string folder = [] {
    const std::string path = temporary("pth");
    std::filesystem::create_directories(path);
    EXPECT_EQ(judge("make " + path), 0);
    return path;
  }();
  return folder;
}

TEST(WeightConversion, TorchvisionsFilesAreImportedWhateverTheyAreNestedIn) {
  const std::string folder = made_files();
  Classifier wanted = random_classifier(Head::kLinear, 3);
  bool first = true;
  for (const std::string name : {"plain", "nested", "legacy"}) {
    const std::string target = folder + "/" + name + ".safetensors";
    import_weights(kPython, folder + "/" + name + ".pth", target);
    const SafetensorsFile file(target, SafetensorsFile::Digest::kRequired);
    EXPECT_EQ(file.metadata().at("format"), "unmask.weights.1");
    EXPECT_EQ(file.metadata().at("source_sha256").size(), 64u);
    Classifier classifier = random_classifier(Head::kLinear, 4);
    EXPECT_EQ(load_weights(classifier, file, target, true), (std::vector<std::string>{"fc.weight", "fc.bias"})) << name;
    if (first) load_weights(wanted, file, target, true);
    first = false;
    // The heads differ: they come from two seeds and are left as they are.
    for (std::size_t i = 0; i < 60; ++i) {
      EXPECT_TRUE(classifier.parameters()[i].tensor.equal(wanted.parameters()[i].tensor)) << name << " " << i;
    }
  }
}

TEST(WeightConversion, HostileAndForeignFilesAreRefusedWithAReason) {
  const std::string folder = made_files();
  const std::string target = folder + "/out.safetensors";
  const std::pair<const char*, const char*> cases[] = {
      {"code", "weights_only"}, {"flipped", "CRC"}, {"missing", "missing"}};
  for (const auto& [name, wanted] : cases) {
    const std::string source = folder + "/" + name + ".pth";
    const std::string message = message_of([&] { import_weights(kPython, source, target); });
    EXPECT_NE(message.find(source), std::string::npos) << message;
    EXPECT_TRUE(message.find(wanted) != std::string::npos) << name << ": " << message;
    EXPECT_EQ(message.find("Traceback"), std::string::npos) << message;
    EXPECT_FALSE(std::filesystem::exists(target)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder + "/code_was_run"));
  EXPECT_EQ(judge("refuse " + folder), 0);
  message_of([&] { import_weights("/no/such/python", folder + "/plain.pth", target); }, ErrorKind::kFailed);
}

TEST(WeightConversion, TorchvisionLoadsWhatIsExportedStrictly) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const std::string model = save(random_classifier(head, 5), "export_" + to_word(head));
    const std::string exported = temporary(to_word(head) + ".pth");
    export_weights(kPython, model, exported);
    EXPECT_EQ(judge("check " + to_word(head) + " " + model + " " + exported), 0);
  }
}

TEST(TensorMemory, BlocksAreKeptAndBounded) {
  keep_tensor_memory();
  const std::size_t before = kept_tensor_bytes();
  const void* first;
  {
    const at::Tensor big = at::empty({8 << 20}, at::kFloat);
    first = big.const_data_ptr();
    EXPECT_EQ(reinterpret_cast<std::size_t>(first) % 64, 0u);
  }
  EXPECT_EQ(at::empty({8 << 20}, at::kFloat).const_data_ptr(), first);
  EXPECT_LE(kept_tensor_bytes(), before + (34u << 20));
  for (int mib = 10; mib < 400; mib += 13) at::zeros({mib << 18}, at::kFloat);
  EXPECT_LE(kept_tensor_bytes(), 2 * (std::size_t{400} << 20));
  at::Tensor small = at::ones({5}), grown = at::ones({5});
  grown.resize_({3 << 20}).fill_(2);
  EXPECT_EQ(small.sum().item<double>(), 5);
  EXPECT_EQ(grown[7].item<double>(), 2);
}

}  // namespace
}  // namespace unmask
