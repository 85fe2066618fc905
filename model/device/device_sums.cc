#include "model/device/device_sums.h"

#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cmath>

#include "dist/fixed_point.h"
#include "model/device/default_stream.h"
#include "model/device/sum_launcher.h"

namespace unmask {
namespace {

class DeviceSums final : public StepSums {
 public:
  DeviceSums(const StepSumsPlan& plan, const at::Device& device, SumLauncher launcher)
      : device_(device),
        as_float_(plan.as_float),
        elements_(plan.as_float ? 0 : static_cast<std::int64_t>(plan.elements)),
        words_(at::zeros({elements_ + static_cast<std::int64_t>(plan.control_words)}, on_device(at::kLong))),
        floats_(at::zeros({plan.as_float ? static_cast<std::int64_t>(plan.elements) : 0}, on_device(at::kFloat))),
        bad_(at::zeros({static_cast<std::int64_t>(plan.tensors)}, on_device(at::kBool))) {
    if (launcher && !as_float_)
      batches_.emplace(std::move(launcher), words(),
                       std::span(bad_.data_ptr<bool>(), static_cast<std::size_t>(bad_.numel())));
    if (device.is_cpu()) return;  // there nothing is late
    for (std::size_t bucket = 0; bucket < plan.buckets; ++bucket) launched_.emplace_back(device.type());
  }

  std::span<std::int64_t> words() override {
    return {words_.data_ptr<std::int64_t>(), static_cast<std::size_t>(words_.numel())};
  }
  std::span<float> floats() override { return {floats_.data_ptr<float>(), static_cast<std::size_t>(floats_.numel())}; }

  void begin(double limit, double divisor) override {
    limit_ = limit;
    divisor_ = divisor;
    bad_.zero_();
    if (batches_) batches_->begin(limit, divisor);
  }

  void zero(const Range& range) override { part(as_float_ ? floats_ : words_, range).zero_(); }

  bool accumulate(const Range& range, std::span<const float* const> gradients, bool fresh,
                  std::shared_ptr<const void> owner) override {
    if (batches_ && on_default_stream(device_)) {
      batches_->add(range, gradients, fresh, owner);
      if (!owner) batches_->launch();
      return true;
    }
    const at::NoGradGuard no_grad;
    const at::Tensor sums = part(as_float_ ? floats_ : words_, range);
    for (const float* gradient : gradients) {
      // In double, as both products are exact there.
      const at::Tensor values = view(gradient, range.size);
      const at::Tensor exact = values.to(at::kDouble).mul_(1.0 / divisor_);
      const double largest = as_float_ ? std::numeric_limits<float>::max() : limit_;
      const at::Tensor good = exact.abs().le(largest);  // false for a NaN
      const at::Tensor addend = as_float_ ? (divisor_ == 1 ? values : exact.to(at::kFloat)) : fixed(exact, good);
      if (fresh) {
        sums.copy_(addend);
      } else {
        sums.add_(addend);
      }
      fresh = false;
      bad_[range.tensor].logical_or_(good.all().logical_not_());
    }
    if (as_float_) bad_[range.tensor].logical_or_(sums.isfinite().all().logical_not_());
    return true;
  }

  std::vector<int> faulty_tensors() override {
    launch();
    std::vector<int> faulty;
    const at::Tensor bad = bad_.to(at::kCPU);
    for (std::int64_t i = 0; i < bad.numel(); ++i) {
      if (bad.const_data_ptr<bool>()[i]) faulty.push_back(static_cast<int>(i));
    }
    return faulty;
  }

  void mark_launched(std::size_t bucket) override {
    launch();
    if (!launched_.empty()) launched_[bucket].record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  }
  void wait_until_launched(std::size_t bucket) override {
    if (launched_.empty()) return;
    // The reducer's helper thread never chose a device: waiting on device 0 would make a context there.
    c10::impl::VirtualGuardImpl(device_.type()).setDevice(device_);
    launched_[bucket].synchronize();
  }

  void put_control(std::span<const std::int64_t> control) override { control_part(control).copy_(on_host(control)); }
  void get_control(std::span<std::int64_t> control) override { on_host(control).copy_(control_part(control)); }

  void read(const Range& range, std::span<float> total) const override {
    const at::NoGradGuard no_grad;
    const at::Tensor target = view(total.data(), total.size());
    if (as_float_) {
      target.copy_(part(floats_, range));
    } else {
      target.copy_(part(words_, range).to(at::kDouble).mul_(from_fixed_point(1)));
    }
  }

 private:
  /// What waits in batches_.
  void launch() {
    if (batches_) batches_->launch();
  }
  at::TensorOptions on_device(at::ScalarType type) const { return at::TensorOptions(device_).dtype(type); }

  at::Tensor view(const float* values, std::size_t size) const {
    return at::for_blob(const_cast<float*>(values), {static_cast<std::int64_t>(size)})
        .target_device(device_)
        .options(on_device(at::kFloat))
        .make_tensor();
  }
  static at::Tensor on_host(std::span<const std::int64_t> control) {
    return at::from_blob(const_cast<std::int64_t*>(control.data()), {static_cast<std::int64_t>(control.size())},
                         at::kLong);
  }
  static at::Tensor part(const at::Tensor& all, const Range& range) {
    return all.narrow(0, static_cast<std::int64_t>(range.offset), static_cast<std::int64_t>(range.size));
  }
  at::Tensor control_part(std::span<const std::int64_t> control) const {
    return words_.narrow(0, elements_, static_cast<std::int64_t>(control.size()));
  }
  /// The nearest integers, ties to even, of values * 2^40; 0 where a value is bad.
  static at::Tensor fixed(const at::Tensor& values, const at::Tensor& good) {
    return at::where(good, values, at::zeros({}, values.options()))
        .mul_(static_cast<double>(std::int64_t{1} << kFixedPointBits))
        .round_()
        .to(at::kLong);
  }

  at::Device device_;
  bool as_float_;
  std::int64_t elements_;  // in words_
  at::Tensor words_, floats_, bad_;
  std::vector<c10::Event> launched_;  // by bucket
  double limit_ = 0, divisor_ = 1;
  std::optional<SumBatches> batches_;  // else by ATen
};

}  // namespace

std::unique_ptr<StepSums> make_device_sums(const StepSumsPlan& plan, const at::Device& device, SumLauncher launcher) {
  if (!launcher && device.is_cuda() && !plan.as_float) launcher = cuda_sum_launcher(device.index());
  return std::make_unique<DeviceSums>(plan, device, std::move(launcher));
}

}  // namespace unmask
