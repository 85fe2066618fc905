#include "launch/run/prepare_runner.h"

#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/number_text.h"
#include "base/seconds_since.h"
#include "data/prepare/clip_preparer.h"
#include "data/prepare/prepare.h"
#include "data/prepare/prepare_advice.h"
#include "data/prepare/prepare_join.h"
#include "data/prepare/prepare_listing.h"
#include "data/prepare/prepare_probe.h"
#include "data/printable.h"
#include "dist/agreement.h"
#include "launch/progress_line.h"

namespace unmask {
namespace {

constexpr auto kShowEvery = std::chrono::milliseconds(200);

/// Shows a line now and then while it lives, on rank zero.
class ProgressThread {
 public:
  ProgressThread(const Session& session, std::function<std::string()> text)
      : thread_([speaks = session.speaks(), text = std::move(text)](const std::stop_token& stop) {
          ProgressLine line;
          while (speaks && !stop.stop_requested()) {
            line.show(text());
            std::this_thread::sleep_for(kShowEvery);
          }
        }) {}

 private:
  std::jthread thread_;
};

void stop_if_asked(const std::atomic<bool>& stop) {
  if (stop.load()) throw Error(ErrorKind::kStopped, "stopped on request; the same command goes on with what is left");
}

/// `done` of `all` since `start`: "prepare: 1200/5000 frames, 45.2 frames/s, 1:24 left"
std::string rate_line(std::int64_t done, std::int64_t all, double seconds, const std::string& things) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  return "prepare: " + std::to_string(done) + "/" + std::to_string(all) + " " + things + ", " + fixed_text(rate, 1) +
         " " + things + "/s, " + duration_text(rate > 0 ? static_cast<double>(all - done) / rate : -1) + " left";
}

void say_sources(const PrepareListing& listing, const Session& session) {
  const bool named = !listing.options.layout.empty() || !listing.options.datasets.empty();
  session.note("layout: " + listing.layout + (named ? "" : " (recognised; --layout names another)"));
  std::vector<SourceEntry> entries;
  for (const PrepareSource& source : listing.sources) entries.push_back(source.entry);
  for (const std::string& line : labels_said(entries)) session.note(line);
  for (const std::string& name : unused_rules(listing)) {
    session.note("prepare.frames_of: no dataset and no method here is called \"" + printable(name) + "\"");
  }
  if (!listing.options.sandbox)
    session.note("no sandbox: a hostile file may take over the decoder, and do what you may");
}

/// COLLECTIVE, as all below.
PrepareListing list(const PrepareOptions& options, Session& session) {
  std::optional<PrepareListing> made;
  const std::string text = session.on_root([&] {
    made = list_sources(options);
    say_sources(*made, session);
    return listing_text(*made);
  });
  agree(session.world(), "prepare", [&] {
    if (!made) made = listing_from(options, text);
    if (!options.sandbox) return;
    const std::string fault = sandbox_fault(decoder_options(options));
    if (fault.empty()) return;
    throw Error(ErrorKind::kFailed, fault + "; --no-sandbox decodes without it: only what you trust");
  });
  return *std::move(made);
}

PreparePlan shared_plan(PrepareListing listing, Session& session, RankWatch& watch, const std::atomic<bool>& stop) {
  std::string share;
  const auto all = static_cast<std::int64_t>(probes_of_rank(listing, 0, 1).size());
  const std::int64_t before = watch.advanced();
  agree(session.world(), "prepare", [&] {
    const auto start = std::chrono::steady_clock::now();
    const ProgressThread progress(
        session, [&, start] { return rate_line(watch.advanced() - before, all, seconds_since(start), "videos"); });
    share = probe_sources(listing, session.rank(), session.world().world(), [&] {
      watch.advance("looking into videos");
      stop_if_asked(stop);
    });
  });
  std::vector<SourceFacts> facts = facts_from(listing, all_gather_text(session.world(), share));
  PreparePlan plan = make_plan(std::move(listing), std::move(facts));
  mark_there(plan, session.on_root([&] { return parts_there(plan); }));
  return plan;
}

}  // namespace

PrepareRunner::PrepareRunner(const PrepareOptions& options, Session& session, RankWatch& watch,
                             const std::atomic<bool>& stop)
    : session_(session), watch_(watch), stop_(stop), plan_(shared_plan(list(options, session), session, watch, stop)) {}

void PrepareRunner::on_root(const std::function<void()>& effect) {
  session_.on_root([&] {
    with_advice(plan_, effect);
    return std::string();
  });
}

void PrepareRunner::work() {
  on_root([&] { keep_facts(plan_); });
  std::int64_t all = 0;
  for (const PrepareUnit& unit : plan_.units) all += unit.is_there ? 0 : frames_of(unit);
  const std::int64_t before = watch_.advanced();
  agree(session_.world(), "prepare", [&] {
    const auto start = std::chrono::steady_clock::now();
    const ProgressThread progress(
        session_, [&, start] { return rate_line(watch_.advanced() - before, all, seconds_since(start), "frames"); });
    const auto frame = [&] {
      watch_.advance("preparing");
      stop_if_asked(stop_);
    };
    prepare_units(plan_, session_.rank(), session_.world().world(),
                  {frame, [&](std::size_t) { stop_if_asked(stop_); }});
  });
}

void PrepareRunner::join() {
  for (std::size_t i = 0; i < plan_.listing.datasets.size(); ++i) {
    if (plan_.listing.datasets[i].done) continue;
    std::optional<DatasetJoin> joined;
    const std::string text = session_.on_root([&] {
      with_advice(plan_, [&] { joined.emplace(plan_, i); });
      return joined->text();
    });
    agree(session_.world(), "prepare",
          [&] { with_advice(plan_, [&] { copy_parts(plan_, i, text, session_.rank(), session_.world().world()); }); });
    on_root([&] { joined->finish(); });
  }
}

std::map<std::string, PrepareCounts> PrepareRunner::close() const { return close_prepared(plan_); }

}  // namespace unmask
