#include "launch/config/prepare_config.h"

namespace unmask {

std::vector<ConfigKey> prepare_config_keys(PrepareOptions& options) {
  return {
      {"prepare.root", &options.root, KeyRole::kPath},
      {"prepare.datasets", &options.datasets, KeyRole::kPath},
      {"prepare.stores", &options.stores, KeyRole::kPath, true},
      {"prepare.layout", &options.layout},
      {"prepare.names", &options.names},
      {"prepare.frames", &options.frames},
      {"prepare.every", &options.every},
      {"prepare.seconds", &options.seconds},
      {"prepare.frames_of", &options.frames_of},
      {"prepare.crop_px", &options.crop_px},
      {"prepare.box_scale", &options.box_scale},
      {"prepare.detector", &options.detector},
      {"prepare.detector_model", &options.detector_model, KeyRole::kPath},
      {"prepare.faces", &options.faces},
      {"prepare.align", &options.align},
      {"prepare.upsample", &options.upsample},
      {"prepare.detect_short_side_px", &options.detect_short_side_px},
      {"prepare.encoding", &options.encoding},
      {"prepare.max_pixels", &options.max_pixels},
      {"prepare.unit_frames", &options.unit_frames},
      {"prepare.sandbox", &options.sandbox, KeyRole::kRuntime},
      {"prepare.frame_timeout_s", &options.frame_timeout_s, KeyRole::kRuntime},
  };
}

PrepareOptions read_prepare_config(const std::string& text, const std::string& file,
                                   const std::vector<std::string>& overrides) {
  const ConfigDocument document = parse_config(text, file, overrides);
  PrepareOptions options;
  const std::vector<ConfigKey> keys = prepare_config_keys(options);
  std::vector<std::string> faults = read_keys(document, keys);
  if (!document.syntax_faults) {
    for (const std::string& fault : place_faults(document, keys, validate(options))) faults.push_back(fault);
  }
  throw_faults(faults);
  return options;
}

std::string resolved_toml(const PrepareOptions& options) {
  PrepareOptions copy = options;
  return keys_toml(prepare_config_keys(copy));
}

}  // namespace unmask
