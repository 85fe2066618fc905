#include "data/prepare/prepare_options.h"

#include "base/option_faults.h"
#include "data/store_paths.h"

namespace unmask {

std::vector<std::string> validate(const PrepareOptions& o) {
  OptionFaults faults;
  faults.need(!o.datasets.empty(), "prepare.datasets", "the folder that holds <name>_deepfake", "\"\"");
  faults.need(!o.stores.empty(), "prepare.stores", "the folder to write to", "\"\"");
  check_dataset_names("prepare.names", o.names, faults);
  faults.in_range("prepare.crop_px", o.crop_px, 32, 1024);
  faults.in_range("prepare.box_scale", o.box_scale, 0.5, 4.0);
  faults.need(o.detector != DetectorKind::kYuNet || !o.detector_model.empty(), "prepare.detector_model",
              "the ONNX file that detector = \"yunet\" needs", "\"\"");
  faults.in_range("prepare.upsample", o.upsample, 0, 2);
  faults.in_range("prepare.detect_short_side_px", o.detect_short_side_px, 80, 4096);
  faults.in_range("prepare.max_pixels", o.max_pixels, 1, 268'435'456);
  faults.in_range("prepare.unit_frames", o.unit_frames, 1, 65'536);
  return faults.take();
}

}  // namespace unmask
