#include "launch/commands/weights_command.h"

#include <filesystem>

#include "base/error.h"
#include "launch/run/converter_python.h"
#include "launch/run/model_path.h"
#include "model/files/weight_conversion.h"
#include "model/network_shapes.h"

namespace unmask {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

fs::path python_of(const ParsedOptions& parsed) {
  if (const auto python = text_of(parsed, "python")) return *python;
  if (const auto python = converter_python()) return *python;
  throw Error(ErrorKind::kUsage, "no Python with torch found: give --python FILE, or set UNMASK_PYTHON");
}

Command conversion(const std::string& name, const std::string& source, const std::string& target) {
  Command command;
  command.name = name;
  command.usage = source + " " + target + " [--python FILE]";
  command.positional = {source, target};
  command.options.add_options()("python", po::value<std::string>(),
                                "interpreter with torch and safetensors; default: UNMASK_PYTHON, the checkout's .venv");
  return command;
}

}  // namespace

Command import_command() {
  Command command = conversion("import", "PTH", "SAFETENSORS");
  command.summary = "reads a .pth in torchvision's names into safetensors";
  command.examples = "  unmask import detector.pth weights/detector.safetensors\n";
  command.notes =
      "A .pth is a Python pickle: it is read by PyTorch with weights_only=True, in a process of its own, never by "
      "unmask.\n"
      "A state dict may stand below a key (state_dict, model, ...), its names may begin with module.\n"
      "ImageNet's weights need no import: model.init = \"imagenet\" finds and imports them.\n";
  command.run = [](const ParsedOptions& parsed, Session& session) {
    const std::string target = parsed["SAFETENSORS"].as<std::string>();
    import_weights(python_of(parsed), parsed["PTH"].as<std::string>(), target);
    session.print("weights: " + target + "   use: model.init = \"" + target + "\"");
    return 0;
  };
  return command;
}

Command export_command() {
  Command command = conversion("export", "MODEL", "PTH");
  command.summary = "writes a model as a .pth state dict in torchvision's names, or as ONNX";
  command.usage = "MODEL (PTH | --onnx DIR) [--python FILE]";
  command.last_optional = true;
  command.options.add_options()("onnx", po::value<std::string>(),
                                "folder for model.onnx, preprocessing.json and example.py");
  command.examples = "  unmask export runs/demo demo.pth\n  unmask export runs/demo --onnx demo-onnx\n";
  command.notes =
      "Read a .pth with torch.load(..., weights_only=True) and load_state_dict(strict=True).\n"
      "model.onnx (opset 13: onnxruntime, OpenCV) takes normalised crops and gives probabilities in f32; scores of a "
      "model that was trained in bf16 or fp16 differ from ours by that rounding.\n"
      "ONNX needs a Python that has onnx, too.\n";
  command.run = [](const ParsedOptions& parsed, Session& session) {
    const auto state_dict = text_of(parsed, "PTH"), folder = text_of(parsed, "onnx");
    if (state_dict.has_value() == folder.has_value())
      throw Error(ErrorKind::kUsage, "give either a .pth file or --onnx DIR");
    const fs::path model = find_model(parsed["MODEL"].as<std::string>());
    if (folder) {
      export_onnx(python_of(parsed), model, *folder);
      session.print("ONNX: " + *folder + "/model.onnx   try: python " + *folder + "/example.py CROP...");
      return 0;
    }
    export_weights(python_of(parsed), model, *state_dict, state_dict_names(ModelOptions().architecture));
    session.print("state dict: " + *state_dict);
    return 0;
  };
  return command;
}

}  // namespace unmask
