#include "sweep/messages.h"

#include <nlohmann/json.hpp>

#include "dist/agreement.h"

namespace unmask {
namespace {

using nlohmann::json;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // clang 14 asks for it

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json step_json(const TrainObserver::StepNews& step) {
  return {{"step", step.step},
          {"steps", step.steps},
          {"epoch", step.epoch},
          {"epochs", step.epochs},
          {"loss", step.loss},
          {"images_per_s", step.images_per_s},
          {"load_s", step.load_s},
          {"forward_s", step.forward_s},
          {"backward_s", step.backward_s},
          {"exposed_s", step.exposed_s},
          {"optimizer_s", step.optimizer_s}};
}

double number(const json& value) { return value.is_null() ? 0.0 : value.get<double>(); }  // NaN is written as null

TrainObserver::StepNews step_from(const json& text) {
  TrainObserver::StepNews step;
  text.at("step").get_to(step.step);
  text.at("steps").get_to(step.steps);
  text.at("epoch").get_to(step.epoch);
  text.at("epochs").get_to(step.epochs);
  step.loss = number(text.at("loss"));
  step.images_per_s = number(text.at("images_per_s"));
  step.load_s = number(text.at("load_s"));
  step.forward_s = number(text.at("forward_s"));
  step.backward_s = number(text.at("backward_s"));
  step.exposed_s = number(text.at("exposed_s"));
  step.optimizer_s = number(text.at("optimizer_s"));
  return step;
}

json result_json(const LeaseResult& result) {
  json text = {{"end", static_cast<int>(result.end)},
               {"step", result.step},
               {"history", history_json(result.history)},
               {"numerics", result.numerics},
               {"test", scores_json(result.test)}};
  if (result.best) text["best"] = *result.best;
  return text;
}

LeaseResult result_from(const json& text) {
  LeaseResult result;
  result.end = static_cast<LeaseEnd>(text.at("end").get<int>());
  text.at("step").get_to(result.step);
  result.history = history_from_json(text.at("history").get<std::string>());
  text.at("numerics").get_to(result.numerics);
  result.test = scores_from_json(text.at("test").get<std::string>());
  if (text.contains("best")) result.best = text.at("best").get<std::size_t>();
  return result;
}

json seconds_json(const RankSeconds& seconds) {
  return {seconds.load_s, seconds.compute_s, seconds.exposed_s, seconds.optimizer_s, seconds.lease_s, seconds.idle_s};
}

RankSeconds seconds_from(const json& text) {
  return {number(text.at(0)), number(text.at(1)), number(text.at(2)),
          number(text.at(3)), number(text.at(4)), number(text.at(5))};
}

template <typename Read>
auto read(const std::string& text, const Read& from) {
  try {
    return from(json::parse(text));
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kFailed, "a message between ranks can't be read (" + std::string(error.what()) +
                                        "): are all ranks the same build? Got: " + text.substr(0, 200));
  }
}

}  // namespace

std::string to_text(const Instruction& instruction) {
  return dump(std::visit(Overloaded{[](const LeaseOrder& order) {
                                      json text = {{"do", "lease"},
                                                   {"lease", order.lease},
                                                   {"trial", order.trial},
                                                   {"attempt", order.attempt},
                                                   {"members", order.members},
                                                   {"score_test", order.score_test},
                                                   {"ranks_died", order.ranks_died},
                                                   {"checkpoint_share", order.checkpoint_share},
                                                   {"config", order.config}};
                                      if (order.until_step) text["until"] = *order.until_step;
                                      return text;
                                    },
                                    [](const EndLease& end) {
                                      return json{{"do", "end"}, {"lease", end.lease}};
                                    },
                                    [](const Quit& quit) {
                                      return json{{"do", "quit"}, {"exit_code", quit.exit_code}, {"error", quit.error}};
                                    }},
                         instruction));
}

Instruction instruction_from(const std::string& text) {
  return read(text, [](const json& from) -> Instruction {
    const std::string what = from.at("do").get<std::string>();
    if (what == "end") return EndLease{from.at("lease").get<int>()};
    if (what == "quit") return Quit{from.at("exit_code").get<int>(), from.at("error").get<std::string>()};
    if (what != "lease") throw std::runtime_error("unknown instruction " + what);
    LeaseOrder order;
    from.at("lease").get_to(order.lease);
    from.at("trial").get_to(order.trial);
    from.at("attempt").get_to(order.attempt);
    from.at("members").get_to(order.members);
    from.at("score_test").get_to(order.score_test);
    from.at("ranks_died").get_to(order.ranks_died);
    from.at("checkpoint_share").get_to(order.checkpoint_share);
    from.at("config").get_to(order.config);
    if (from.contains("until")) order.until_step = from.at("until").get<std::int64_t>();
    return order;
  });
}

std::string to_text(const Report& report) {
  return dump(std::visit(
      Overloaded{[](const LeaseNews& news) {
                   return json{{"tell", "news"},         {"lease", news.lease}, {"step", step_json(news.step)},
                               {"step_s", news.step_s},  {"note", news.note},   {"epoch", news.epoch},
                               {"score_s", news.score_s}};
                 },
                 [](const LeaseEnded& ended) {
                   json text = {{"tell", "ended"}, {"lease", ended.lease}, {"result", result_json(ended.result)}};
                   if (ended.fault) text["fault"] = to_text(*ended.fault);
                   return text;
                 },
                 [](const LeaseBroken& broken) {
                   return json{{"tell", "broken"}, {"lease", broken.lease}, {"fault", to_text(broken.fault)}};
                 },
                 [](const RankFree& rank) {
                   return json{{"tell", "free"},
                               {"lease", rank.lease},
                               {"numerics", rank.numerics},
                               {"host", rank.host},
                               {"seconds", seconds_json(rank.seconds)},
                               {"unfit", rank.unfit}};
                 },
                 [](const StopAsked&) {
                   return json{{"tell", "stop"}};
                 },
                 [](const Heartbeat& beat) {
                   return json{{"tell", "beat"},
                               {"lease", beat.lease},
                               {"count", beat.count},
                               {"doing", beat.doing},
                               {"operation", beat.operation},
                               {"sequence", beat.sequence},
                               {"host", beat.host},
                               {"seconds", seconds_json(beat.seconds)}};
                 }},
      report));
}

Report report_from(const std::string& text) {
  return read(text, [](const json& from) -> Report {
    const std::string what = from.at("tell").get<std::string>();
    if (what == "stop") return StopAsked{};
    if (what == "beat") {
      return Heartbeat{from.at("lease").get<int>(),
                       from.at("count").get<std::int64_t>(),
                       from.at("doing").get<std::string>(),
                       from.at("operation").get<std::string>(),
                       from.at("sequence").get<std::int64_t>(),
                       from.at("host").get<std::string>(),
                       seconds_from(from.at("seconds"))};
    }
    if (what == "news") {
      return LeaseNews{from.at("lease").get<int>(),         step_from(from.at("step")),
                       number(from.at("step_s")),           from.at("note").get<std::string>(),
                       from.at("epoch").get<std::string>(), number(from.at("score_s"))};
    }
    if (what == "broken")
      return LeaseBroken{from.at("lease").get<int>(), fault_from(from.at("fault").get<std::string>())};
    if (what == "free") {
      return RankFree{from.at("lease").get<int>(), from.at("numerics").get<std::string>(),
                      from.at("host").get<std::string>(), seconds_from(from.at("seconds")),
                      from.at("unfit").get<std::string>()};
    }
    if (what != "ended") throw std::runtime_error("unknown report " + what);
    LeaseEnded ended;
    from.at("lease").get_to(ended.lease);
    ended.result = result_from(from.at("result"));
    if (from.contains("fault")) ended.fault = fault_from(from.at("fault").get<std::string>());
    return ended;
  });
}

}  // namespace unmask
