// Event files of TensorBoard: records with CRC32C around messages in protobuf's wire format. Pure.
//
//   std::string file = event_record(first_event(now_s));
//   file += event_record(hparams_event(now_s, session));
//   file += event_record(scalars_event(now_s, 120, {{"base/video_auc", 0.93}}));
//
// The wire format is written here by hand: libtorch_cpu exports symbols of a protobuf of its own (3.13) under the names
// of Debian's (3.21), so that it would depend on the order of libraries which one a program of ours calls. The numbers
// of the fields are those of tensorboard/compat/proto/event.proto and tensorboard/plugins/hparams/plugin_data.proto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sweep/plan/sweep_options.h"

namespace unmask {

/// Length, its CRC, the event, its CRC: what stands in a file, one after another.
std::string event_record(std::string_view event);

/// Every file begins with it. Times are seconds since 1970.
std::string first_event(double wall_s);
/// By tag; an undefined value has no place here.
std::string scalars_event(double wall_s, std::int64_t step, const std::vector<std::pair<std::string, double>>& scalars);

/// PNGs by tag. What isn't one has no place here.
std::string pictures_event(double wall_s, std::int64_t step,
                           const std::vector<std::pair<std::string, std::string>>& pictures);

/// A session of the HParams page: a trial.
struct HparamsSession {
  std::string experiment, trial;                             // names
  std::vector<std::pair<SpaceKey, std::string>> hparams;     // every key that is varied, and its TOML value here
  std::vector<std::pair<std::string, std::string>> metrics;  // tag of a scalar, and how it is called
};
/// Declares all keys and metrics, and says what this session has.
std::string hparams_event(double wall_s, const HparamsSession& session);
std::string session_end_event(double wall_s, bool well);

}  // namespace unmask
