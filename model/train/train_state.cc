#include "model/train/train_state.h"

#include <c10/core/GradMode.h>

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using nlohmann::json;

json to_json(const std::optional<double>& value) { return value ? json(*value) : json(); }

std::optional<double> optional_from(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

json row_to_json(const EpochRow& row) {
  json val = json::array();
  for (const DatasetScores& scores : row.val) {
    val.push_back({{"dataset", scores.dataset},
                   {"loss", scores.loss},
                   {"frame_accuracy", scores.frame_accuracy},
                   {"balanced_accuracy", to_json(scores.balanced_accuracy)},
                   {"frame_auc", to_json(scores.frame_auc)},
                   {"video_auc", to_json(scores.video_auc)}});
  }
  return {{"epoch", row.epoch},
          {"step", row.step},
          {"lr", row.lr},
          {"train_loss", row.train_loss},
          {"train_accuracy", row.train_accuracy},
          {"val", val}};
}

EpochRow row_from_json(const json& object) {
  EpochRow row;
  row.epoch = object.at("epoch").get<int>();
  row.step = object.at("step").get<std::int64_t>();
  row.lr = object.at("lr").get<double>();
  row.train_loss = object.at("train_loss").get<double>();
  row.train_accuracy = object.at("train_accuracy").get<double>();
  for (const json& scores : object.at("val")) {
    row.val.push_back({scores.at("dataset").get<std::string>(), scores.at("loss").get<double>(),
                       scores.at("frame_accuracy").get<double>(), optional_from(scores.at("balanced_accuracy")),
                       optional_from(scores.at("frame_auc")), optional_from(scores.at("video_auc"))});
  }
  return row;
}

}  // namespace

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
    state.best.push_back(parameter.tensor.detach().clone());
  for (const NamedTensor& statistic : state.classifier.running_statistics())
    state.best.push_back(statistic.tensor.clone());
}

std::string state_json(const TrainState& state) {
  json history = json::array();
  for (const EpochRow& row : state.history) history.push_back(row_to_json(row));
  return json{{"step", state.step},
              {"history", history},
              {"has_best", !state.best.empty()},
              {"probe_digest", state.probe_digest}}
      .dump();
}

void read_state_json(const std::string& text, TrainState& state) {
  const json object = json::parse(text);
  state.step = object.at("step").get<std::int64_t>();
  state.probe_digest = object.at("probe_digest").get<std::string>();
  state.history.clear();
  for (const json& row : object.at("history")) state.history.push_back(row_from_json(row));
  state.best.clear();
  if (object.at("has_best").get<bool>()) keep_as_best(state);  // room of the right shapes; the values are read next
}

void broadcast_state(TrainState& state, Communicator& group) {
  if (group.world() == 1) return;
  const std::string text = broadcast_text(group, group.rank() == 0 ? state_json(state) : std::string());
  if (group.rank() != 0) read_state_json(text, state);
  const at::NoGradGuard no_grad;
  for (NamedTensor& named : state_tensors(state)) {
    at::Tensor values = named.tensor.contiguous();  // row-major: the same bytes whatever the strides
    group.broadcast(
        std::as_writable_bytes(std::span(values.data_ptr<float>(), static_cast<std::size_t>(values.numel()))), 0);
    if (group.rank() != 0 && !values.is_same(named.tensor)) named.tensor.copy_(values);
  }
}

}  // namespace unmask
