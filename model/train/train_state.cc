#include "model/train/train_state.h"

#include <c10/core/GradMode.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/fault_point.h"
#include "dist/agreement.h"
#include "model/tensor_memory.h"

namespace unmask {

using nlohmann::json;

std::vector<NamedTensor> state_tensors(TrainState& state) {
  std::vector<NamedTensor> tensors;
  const auto& parameters = state.classifier.parameters();
  const auto& running = state.classifier.running_statistics();
  for (const NamedTensor& parameter : parameters)
    tensors.push_back({"model." + parameter.name, parameter.tensor.detach()});
  for (const NamedTensor& statistic : running) tensors.push_back({"model." + statistic.name, statistic.tensor});
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    tensors.push_back({"adam.m." + parameters[i].name, state.adam.exp_avg()[i]});
    tensors.push_back({"adam.v." + parameters[i].name, state.adam.exp_avg_sq()[i]});
  }
  for (std::size_t i = 0; i < state.best.size(); ++i) {
    const bool is_parameter = i < parameters.size();
    const std::string& name = is_parameter ? parameters[i].name : running[i - parameters.size()].name;
    tensors.push_back({"best." + name, state.best[i]});
  }
  return tensors;
}

void keep_as_best(TrainState& state) {
  state.best.clear();
  for (const NamedTensor& parameter : state.classifier.parameters())
    state.best.push_back(parameter.tensor.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true));
  for (const NamedTensor& statistic : state.classifier.running_statistics())
    state.best.push_back(statistic.tensor.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true));
}

std::string state_json(const TrainState& state) {
  json object = {{"step", state.step},
                 {"history", json::parse(history_json(state.history))},
                 {"has_best", !state.best.empty()},
                 {"numerics", state.numerics}};
  if (state.loss_scale)
    object["loss_scale"] = {{"value", state.loss_scale->value},
                            {"good_steps", state.loss_scale->good_steps},
                            {"passed_over", state.loss_scale->passed_over}};
  return object.dump();
}

void read_state_json(const std::string& text, TrainState& state) {
  const json object = json::parse(text);
  state.step = object.at("step").get<std::int64_t>();
  state.numerics = object.at("numerics").get<std::vector<std::string>>();
  state.history = history_from_json(object.at("history").dump());
  if (state.loss_scale) {
    const json& scale = object.at("loss_scale");
    state.loss_scale = {scale.at("value").get<double>(), scale.at("good_steps").get<int>(),
                        scale.at("passed_over").get<std::int64_t>()};
  }
  state.best.clear();
  if (object.at("has_best").get<bool>()) keep_as_best(state);  // room of the right shapes; the values are read next
}

void broadcast_state(TrainState& state, Communicator& group) {
  if (group.world() == 1) return;
  const at::NoGradGuard no_grad;
  const bool sends = group.rank() == 0;
  std::string text;
  agree(group, "sending the state", [&] {
    if (sends) text = state_json(state);
  });
  text = broadcast_text(group, text);
  std::vector<NamedTensor> tensors;
  at::Tensor room;  // for the largest: nothing is allocated between the collectives
  agree(group, "receiving the state", [&] {
    fault_point("receive");
    if (!sends) read_state_json(text, state);
    tensors = state_tensors(state);
    std::int64_t largest = 0;
    for (const NamedTensor& named : tensors) largest = std::max(largest, named.tensor.numel());
    with_memory_errors([&] { room = at::empty({largest}, at::kFloat); });
  });
  std::optional<Fault> fault;
  const auto copy = [&](const at::Tensor& to, const at::Tensor& from) {
    try {
      if (!fault) with_memory_errors([&] { to.copy_(from); });
    } catch (...) {
      fault = current_fault();
    }
  };
  for (const NamedTensor& named : tensors) {
    // Row-major: the same bytes whatever the strides.
    const at::Tensor values = room.narrow(0, 0, named.tensor.numel()).view(named.tensor.sizes());
    if (sends) copy(values, named.tensor);
    group.broadcast(
        std::as_writable_bytes(std::span(values.data_ptr<float>(), static_cast<std::size_t>(values.numel()))), 0);
    if (!sends) copy(named.tensor, values);
  }
  agree(group, "receiving the state", [&] {
    if (fault) throw Error(*fault);
  });
}

}  // namespace unmask
