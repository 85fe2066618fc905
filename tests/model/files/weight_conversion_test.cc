#include "model/files/weight_conversion.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "model/files/model_file.h"
#include "model/network_shapes.h"
#include "tests/model/files/sine_weights.h"

namespace unmask {
namespace {

const std::filesystem::path kPython = UNMASK_PYTHON;

/// Runs tests/model/files/weight_file_judge.py.
int judge(const std::string& arguments) {
  const std::string command =
      kPython.string() + " " + UNMASK_SOURCE_DIR + "/tests/model/files/weight_file_judge.py " + arguments;
  return std::system(command.c_str());
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

TEST(WeightConversionTest, TorchvisionsFilesAreImportedWhateverTheyAreNestedIn) {
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

TEST(WeightConversionTest, HostileAndForeignFilesAreRefusedWithAReason) {
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

TEST(WeightConversionTest, TorchvisionLoadsWhatIsExportedStrictly) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const std::string model = save(random_classifier(head, 5), "export_" + to_word(head));
    const std::string exported = temporary(to_word(head) + ".pth");
    export_weights(kPython, model, exported, state_dict_names(Architecture::kResnet18));
    EXPECT_EQ(judge("check " + to_word(head) + " " + model + " " + exported), 0);
  }
}

TEST(WeightConversionTest, OnnxGivesOurScores) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const ModelFileInfo info{.model = {.init = "random", .head = head},
                             .precision = TrainPrecision::kFp32,
                             .bf16_arithmetic = Bf16Arithmetic::kF32,
                             .preprocessing_json = R"({"detector":"none"})",
                             .crop_px = 64,
                             .trained_json = "{}"};
    Classifier classifier(info.model);
    initialise_random(classifier, 7);
    std::vector<at::Tensor> weights;
    for (const NamedTensor& named : classifier.parameters()) weights.push_back(named.tensor.detach());
    for (NamedTensor& named : classifier.running_statistics()) {
      // As if it had been trained: statistics that no layer shares.
      named.tensor.add_(at::arange(named.tensor.numel(), at::kFloat).sin_().mul_(0.2));
      weights.push_back(named.tensor);
    }
    const std::string folder = temporary("onnx_" + to_word(head)), model = folder + "/model.safetensors";
    std::filesystem::create_directories(folder);
    write_model_file(model, 1, classifier, weights, info);
    export_onnx(kPython, model, folder);
    // Crops as bytes, and what we make of them.
    const at::Tensor crops = at::arange(5 * 64 * 64 * 3, at::kFloat).mul_(0.7).sin_().add_(1).mul_(127).floor_();
    const at::Tensor images = ((crops.reshape({5, 64, 64, 3}) / 255 - at::tensor({0.485f, 0.456f, 0.406f})) /
                               at::tensor({0.229f, 0.224f, 0.225f}))
                                  .permute({0, 3, 1, 2});
    const at::Tensor scores = at::softmax(classifier.forward(images, {}).detach(), 1).contiguous();
    const at::Tensor bytes = crops.to(at::kByte).contiguous();
    std::ofstream(folder + "/crops", std::ios::binary)
        .write(static_cast<const char*>(bytes.data_ptr()), static_cast<std::streamsize>(bytes.nbytes()));
    std::ofstream(folder + "/scores", std::ios::binary)
        .write(static_cast<const char*>(scores.data_ptr()), static_cast<std::streamsize>(scores.nbytes()));
    EXPECT_EQ(
        std::system((kPython.string() + " " + UNMASK_SOURCE_DIR "/tests/model/files/onnx_judge.py " + folder).c_str()),
        0);
  }
}

}  // namespace
}  // namespace unmask
