// Collects what is wrong with a struct of options, so that a user is told of every fault at once:
//
//   std::vector<std::string> validate(const FlipOptions& options) {
//     OptionFaults faults;
//     faults.in_range("augment.flip", options.flip, 0, 1);  // "augment.flip must be in [0, 1], got 1.5"
//     return faults.take();
//   }
//
// Keys are as the config file has them.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/number_text.h"

namespace unmask {

/// Each check returns whether the value is good.
class OptionFaults {
 public:
  /// "<key> must be <wanted>, got <got>" unless `good`. `got`: a number or a text.
  template <typename Got>
  bool need(bool good, std::string_view key, std::string_view wanted, const Got& got) {
    if (!good) add_unmet(key, wanted, text(got));
    return good;
  }
  template <typename Number>
  bool at_least(std::string_view key, Number value, std::type_identity_t<Number> low) {
    return need(value >= low, key, ">= " + text(low), value);
  }
  /// From `low` to `high`, both included. NaN is a fault.
  template <typename Number>
  bool in_range(std::string_view key, Number value, std::type_identity_t<Number> low,
                std::type_identity_t<Number> high) {
    return need(value >= low && value <= high, key, "in [" + text(low) + ", " + text(high) + "]", value);
  }
  /// A fault in words of its own.
  void add(std::string fault) { faults_.push_back(std::move(fault)); }

  /// In the order in which they were found.
  std::vector<std::string> take() { return std::move(faults_); }

 private:
  template <typename Value>
  static std::string text(const Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      return std::to_string(value);
    } else if constexpr (std::is_floating_point_v<Value>) {
      return number_text(value);
    } else {
      return std::string(value);
    }
  }
  void add_unmet(std::string_view key, std::string_view wanted, std::string_view got);
  std::vector<std::string> faults_;
};

}  // namespace unmask
