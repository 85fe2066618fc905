// Writes the pages that verdict_page_browser.py opens: verdict_page_samples FOLDER
#include <filesystem>
#include <string>

#include "base/durable_file.h"
#include "tests/report/judged_inputs.h"
#include "tests/report/reported_run.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  using namespace unmask;
  using test_support::judged_video;
  const std::filesystem::path folder = arguments[1];
  const std::map<std::string, std::string> metadata = {
      {"model", R"({"architecture":"resnet18","head":"linear","crop_px":224,"dropout":0.5})"},
      {"trained", R"({"datasets":["base"],"epoch":3,"init":"imagenet","seed":1,"step":90})"},
      {"preprocessing", R"({"crop_px":224,"detector":"dlib 19.24","scale":1.3})"}};
  VerdictPage three({"runs/demo", "0123456789abcdef0123456789abcdef", metadata}, {});
  three.add(judged_video("fake.mp4", 0.9, 32, {}));
  three.add(judged_video("real.mp4", 0.1, 300, {}));
  three.add(judged_video("short.mp4", 0.7, 2, {}));
  write_file_durably(folder / "three.html", three.html());
  const Calibration calibration = test_support::drawn_calibration();
  const VerdictOptions options = verdict_options(to_json(calibration), std::nullopt);
  auto calibrated = metadata;
  calibrated["calibration"] = to_json(calibration);
  VerdictPage some({"runs/demo", "d", calibrated}, options);
  some.add(judged_video("fake.mp4", 0.99, 32, options));
  some.add(judged_video("short.mp4", 0.99, 2, options));
  write_file_durably(folder / "calibrated.html", some.html());
  VerdictPage many({"runs/demo", "d", metadata}, {});
  for (int i = 0; i < 3000; ++i)
    many.add(judged_video("clips/" + std::to_string(i) + ".mp4", i % 100 / 100.0, 32, {}, 2000));
  write_file_durably(folder / "many.html", many.html());
  const std::vector<std::string> names = test_support::hostile_names();
  VerdictPage hostile({names[1], names[2], {{"trained", R"({"datasets":["<b>base</b>"],"init":"<img src=x>"})"}}}, {});
  for (const std::string& name : names) {
    JudgedInput input = judged_video(name, 0.9, 8, {});
    input.reason = input.problem = name;
    hostile.add(input);
  }
  write_file_durably(folder / "hostile.html", hostile.html());
}
