#include "tests/model/device/played_operators.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace unmask {
namespace {

// Behind autograd, and LibTorch itself never uses it.
constexpr auto kKey = c10::DispatchKey::Fake;

thread_local std::vector<std::vector<PlayedOperators::Call>>* recording = nullptr;
std::atomic<int> all_plays = 0;

}  // namespace

struct PlayedOperators::Call {
  c10::OperatorHandle operation;
  torch::jit::Stack inputs, outputs;

  void play() const {
    torch::jit::Stack stack = inputs;
    operation.callBoxed(stack);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      for_each_own(outputs[i], stack[i],
                   [](const at::Tensor& place, const at::Tensor& result) { place.copy_(result); });
    }
  }
  void spoil() const {
    for (const c10::IValue& output : outputs) {
      for_each_own(output, output, [](const at::Tensor& place, const at::Tensor&) {
        place.fill_(at::isFloatingType(place.scalar_type()) ? std::nan("") : 101.0);
      });
    }
  }

 private:
  bool is_given(const at::Tensor& tensor) const {
    const auto shares = [&](const at::Tensor& input) { return input.defined() && input.is_alias_of(tensor); };
    for (const c10::IValue& input : inputs) {
      if (input.isTensor() && shares(input.toTensor())) return true;
      if (input.isTensorList() && std::ranges::any_of(input.toTensorVector(), shares)) return true;
    }
    return false;
  }
  /// Results that are no view of an argument, and not written in one.
  template <class Work>
  void for_each_own(const c10::IValue& output, const c10::IValue& other, const Work& work) const {
    const auto one = [&](const at::Tensor& place, const at::Tensor& result) {
      if (place.defined() && place.numel() > 0 && !is_given(place)) work(place, result);
    };
    if (output.isTensor()) one(output.toTensor(), other.toTensor());
    if (output.isTensorList()) {
      const auto places = output.toTensorVector(), results = other.toTensorVector();
      for (std::size_t i = 0; i < places.size(); ++i) one(places[i], results[i]);
    }
  }
};

namespace {

void record_call(const c10::OperatorHandle& operation, c10::DispatchKeySet keys, torch::jit::Stack* stack) {
  const std::size_t arguments = operation.schema().arguments().size(), results = operation.schema().returns().size();
  PlayedOperators::Call call{operation, {stack->end() - static_cast<std::ptrdiff_t>(arguments), stack->end()}, {}};
  {
    const c10::impl::ExcludeDispatchKeyGuard below(kKey);
    operation.redispatchBoxed(keys & c10::DispatchKeySet(c10::DispatchKeySet::FULL_AFTER, kKey), stack);
  }
  call.outputs.assign(stack->end() - static_cast<std::ptrdiff_t>(results), stack->end());
  recording->back().push_back(std::move(call));
}

TORCH_LIBRARY_IMPL(_, Fake, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&record_call>()); }

}  // namespace

struct PlayedOperators::Guard {
  c10::impl::IncludeDispatchKeyGuard records{kKey};
};

PlayedOperators::PlayedOperators() = default;
PlayedOperators::~PlayedOperators() = default;

void PlayedOperators::begin() {
  parts_.emplace_back();
  recording = &parts_;
  guard_ = std::make_unique<Guard>();
}

void PlayedOperators::cut() { parts_.emplace_back(); }

void PlayedOperators::end() {
  abandon();
  for (const auto& part : parts_) {
    for (const Call& call : part) call.spoil();
  }
}

void PlayedOperators::abandon() noexcept { guard_.reset(); }

void PlayedOperators::play(std::size_t part) {
  const at::AutoDispatchBelowAutograd no_autograd;
  ++all_plays;
  for (const Call& call : parts_.at(part)) call.play();
}

int PlayedOperators::plays() { return all_plays; }

}  // namespace unmask
