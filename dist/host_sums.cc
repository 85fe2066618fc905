#include "dist/host_sums.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dist/fixed_point.h"

namespace unmask {
namespace {

template <class Vector>
auto part(Vector& all, const StepSums::Range& range) {
  return std::span(all).subspan(range.offset, range.size);
}

class HostSums final : public StepSums {
 public:
  explicit HostSums(const StepSumsPlan& plan)
      : words_((plan.as_float ? 0 : plan.elements) + plan.control_words),
        floats_(plan.as_float ? plan.elements : 0),
        control_words_(plan.control_words),
        as_float_(plan.as_float) {}

  std::span<std::int64_t> words() override { return words_; }
  std::span<float> floats() override { return floats_; }

  void begin(double limit, double divisor) override {
    std::ranges::fill(control(), 0);
    if (divisor != 1) throw std::logic_error("host sums: a divisor other than 1");
    limit_ = limit;
  }

  void zero(const Range& range) override {
    if (as_float_) {
      std::ranges::fill(part(floats_, range), 0.0f);
    } else {
      std::ranges::fill(part(words_, range), 0);
    }
  }

  bool accumulate(const Range& range, std::span<const float* const> gradients, bool fresh,
                  std::shared_ptr<const void> /*owner*/) override {
    if (as_float_) return add_floats(part(floats_, range), gradients, fresh);
    return fresh ? set_fixed_point(gradients, limit_, part(words_, range))
                 : add_fixed_point(gradients, limit_, part(words_, range));
  }

  bool add_scalars(std::size_t control_word, std::span<const float* const> values) override {
    bool good = true;
    for (const float* value : values) {
      const bool fits = std::fabs(*value) <= limit_;  // false for a NaN
      if (fits) control()[control_word] += to_fixed_point(*value);
      good &= fits;
    }
    return good;
  }

  void add_control(std::span<const std::int64_t> added) override {
    for (std::size_t i = 0; i < added.size(); ++i) control()[i] += added[i];
  }
  void get_control(std::span<std::int64_t> words) override { std::ranges::copy(control(), words.begin()); }

  void read(const Range& range, std::span<float> total) const override {
    if (as_float_) {
      std::ranges::copy(part(floats_, range), total.begin());
    } else {
      from_fixed_point(part(words_, range), total);
    }
  }

 private:
  std::span<std::int64_t> control() { return std::span(words_).last(control_words_); }

  /// In the order of the calls: the sum that a framework's own accumulation would give on this rank.
  static bool add_floats(std::span<float> sums, std::span<const float* const> gradients, bool fresh) {
    bool finite = true;
    for (const float* gradient : gradients) {
      for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i] = fresh ? gradient[i] : sums[i] + gradient[i];
        finite &= std::fabs(sums[i]) < HUGE_VALF;
      }
      fresh = false;
    }
    return finite;
  }

  std::vector<std::int64_t> words_;  // the elements, unless they are floats, then the control words
  std::vector<float> floats_;
  std::size_t control_words_;
  bool as_float_;
  double limit_ = 0;
};

}  // namespace

std::unique_ptr<StepSums> make_host_sums(const StepSumsPlan& plan) { return std::make_unique<HostSums>(plan); }

}  // namespace unmask
