#include "model/device/device_sums.h"

#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cmath>

#include "base/trace.h"
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
        tensors_(plan.tensors),
        floats_(at::zeros({plan.as_float ? static_cast<std::int64_t>(plan.elements) : 0}, on_device(at::kFloat))),
        any_bad_(at::zeros({}, on_device(at::kBool))),
        told_(at::zeros({static_cast<std::int64_t>(plan.control_words)}, on_device(at::kLong))),
        told_on_host_(host_words(told_.numel())),
        limit_(at::zeros({}, on_device(at::kDouble))),
        inverse_(at::ones({}, on_device(at::kDouble))) {
    const std::int64_t elements = plan.as_float ? 0 : static_cast<std::int64_t>(plan.elements);
    const std::int64_t control = told_.numel(), flags = static_cast<std::int64_t>(plan.tensors) + control;
    const at::Tensor all = at::zeros({elements + control + (flags + 7) / 8}, on_device(at::kLong));
    words_ = all.narrow(0, 0, elements + control);
    record_ = all.narrow(0, elements, all.numel() - elements);
    control_ = record_.narrow(0, 0, control);
    bad_ = record_.narrow(0, control, record_.numel() - control).view(at::kBool);
    record_on_host_ = host_words(record_.numel());
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
    record_.zero_();
    limit_.fill_(limit);
    inverse_.fill_(1 / divisor);
    scaled_ = divisor != 1;
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
      const at::Tensor exact = values.to(at::kDouble).mul_(inverse_);
      const at::Tensor size = exact.abs();  // below: false for a NaN
      const at::Tensor good = as_float_ ? size.le(std::numeric_limits<float>::max()) : size.le(limit_);
      const at::Tensor addend = as_float_ ? (scaled_ ? exact.to(at::kFloat) : values) : fixed(exact, good);
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

  void sum_now() override { launch(); }

  bool add_scalars(std::size_t control_word, std::span<const float* const> values) override {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> views;
    for (const float* value : values) views.push_back(view(value, 1));
    const at::Tensor exact = at::cat(views).to(at::kDouble);
    const at::Tensor good = exact.abs().le(limit_);
    control_word_at(control_word).add_(fixed(exact, good).sum());
    bad_[static_cast<std::int64_t>(tensors_ + control_word)].logical_or_(good.all().logical_not_());
    return true;
  }

  void settle(std::size_t control_word) override {
    launch();
    at::any_out(any_bad_, bad_);
    control_word_at(control_word).add_(any_bad_);
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

  void add_control(std::span<const std::int64_t> control) override {
    // The last step's copy is done: get_control waited.
    std::ranges::copy(control, told_on_host_.data_ptr<std::int64_t>());
    told_.copy_(told_on_host_, /*non_blocking=*/true);
    control_.add_(told_);
  }

  void get_control(std::span<std::int64_t> control) override {
    const TraceSpan span("step record");
    record_on_host_.copy_(record_);
    std::copy_n(record_on_host_.const_data_ptr<std::int64_t>(), control.size(), control.begin());
  }

  LateFaults late_faults() const override {
    LateFaults faults;
    const at::Tensor bad = record_on_host_.narrow(0, control_.numel(), record_.numel() - control_.numel());
    const auto* flags = static_cast<const bool*>(bad.const_data_ptr());
    for (std::size_t i = 0; i < tensors_; ++i) {
      if (flags[i]) faults.tensors.push_back(static_cast<int>(i));
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(control_.numel()); ++i) {
      if (flags[tensors_ + i]) faults.control_words.push_back(i);
    }
    return faults;
  }

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
  at::Tensor host_words(std::int64_t count) const {
    return at::zeros({count}, at::TensorOptions(at::kLong).pinned_memory(device_.is_cuda()));
  }
  static at::Tensor part(const at::Tensor& all, const Range& range) {
    return all.narrow(0, static_cast<std::int64_t>(range.offset), static_cast<std::int64_t>(range.size));
  }
  at::Tensor control_word_at(std::size_t word) const { return control_.select(0, static_cast<std::int64_t>(word)); }
  /// The nearest integers, ties to even, of values * 2^40; 0 where a value is bad.
  static at::Tensor fixed(const at::Tensor& values, const at::Tensor& good) {
    return at::where(good, values, at::zeros({}, values.options()))
        .mul_(static_cast<double>(std::int64_t{1} << kFixedPointBits))
        .round_()
        .to(at::kLong);
  }

  at::Device device_;
  bool as_float_;
  std::size_t tensors_;
  at::Tensor words_, floats_;
  // The step's record, which stands behind the elements so that one copy brings it: control words, the last of words_,
  // then a flag a tensor and a flag a control word.
  at::Tensor record_, control_, bad_, record_on_host_;
  at::Tensor any_bad_, told_, told_on_host_;  // rooms: nothing is allocated when a fault is told
  std::vector<c10::Event> launched_;          // by bucket
  at::Tensor limit_, inverse_;                // f64 []: what changes from step to step is no operator's argument
  bool scaled_ = false;
  std::optional<SumBatches> batches_;  // else by ATen
};

}  // namespace

std::unique_ptr<StepSums> make_device_sums(const StepSumsPlan& plan, const at::Device& device, SumLauncher launcher) {
  if (!launcher && device.is_cuda() && !plan.as_float) launcher = cuda_sum_launcher(device.index());
  return std::make_unique<DeviceSums>(plan, device, std::move(launcher));
}

}  // namespace unmask
