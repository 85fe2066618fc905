// Training steps of the published run, as `unmask train` takes them:
// images a second of all ranks, and what a step spends.
//   mpirun -n 2 bench_step STORES [--option value]...   rank zero prints one JSON line
//   bench_step STORES --dump FILE                        the train crops as raw bytes, and FILE.labels

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/seconds_since.h"
#include "dist/mpi_runtime.h"
#include "model/device/device.h"
#include "model/precision.h"
#include "model/train/numerics.h"
#include "model/train/train_step.h"
#include "model/train/trial_data.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;
using Settings = std::map<std::string, std::string>;

/// Of this process, all threads, waiting in MPI included:
/// other work on the machine disturbs it less than the clock on the wall.
double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Settings read_settings(int count, char** words) {
  Settings settings{{"px", "224"},         {"batch-per-rank", "32"},
                    {"precision", "bf16"}, {"arithmetic", "auto"},
                    {"data", "real"},      {"reduction", "fixed_point"},
                    {"warmup", "3"},       {"overlap", "auto"},
                    {"threads", "1"},      {"steps", "10"},
                    {"dump", ""}};
  if (count < 2 || count % 2 != 0) throw Error(ErrorKind::kUsage, "bench_step STORES [--option value]...");
  for (int i = 2; i < count; i += 2) {
    const std::string name = std::string(words[i]).starts_with("--") ? words[i] + 2 : words[i];
    if (!settings.contains(name)) throw Error(ErrorKind::kUsage, "bench_step: no option " + std::string(words[i]));
    settings[name] = words[i + 1];
  }
  return settings;
}

template <HasWords E>
E word_of(const Settings& settings, const std::string& name) {
  if (const auto value = from_word<E>(settings.at(name))) return *value;
  throw Error(ErrorKind::kUsage,
              "bench_step: --" + name + " " + settings.at(name) + ": wanted " + one_of(all_words<E>()));
}

TrialOptions trial_options(const std::string& stores, const Settings& settings, int world) {
  TrialOptions options;  // the defaults are the published training
  options.data.stores = stores;
  options.data.train = options.data.val = {"base", "augment"};
  options.model.init = "random";
  options.train.microbatch_size = std::stoi(settings.at("batch-per-rank"));
  options.train.global_batch_size = options.train.microbatch_size * world;
  options.train.precision = word_of<TrainPrecision>(settings, "precision");
  options.train.bf16_arithmetic = word_of<Bf16Arithmetic>(settings, "arithmetic");
  resolve_arithmetic(options.train, Device::kCpu);
  options.train.reduction = word_of<Reduction>(settings, "reduction");
  options.train.threads_per_rank = std::stoi(settings.at("threads"));
  return options;
}

void dump(const TrialData& data, const std::string& file) {
  std::ofstream crops(file, std::ios::binary), labels(file + ".labels", std::ios::binary);
  const auto px = static_cast<std::size_t>(data.train().crop_px());
  std::vector<std::uint8_t> rgb(px * px * 3);
  for (std::size_t i = 0; i < data.train().size(); ++i) {
    data.train().read(i, rgb);
    crops.write(reinterpret_cast<const char*>(rgb.data()), static_cast<std::streamsize>(rgb.size()));
    labels.put(static_cast<char>(data.train()[i].label));
  }
  if (!crops.flush() || !labels.flush()) throw Error(ErrorKind::kFailed, file + ": writing failed");
}

/// The program's own rule for "auto": a helper thread where every rank has a core to spare.
bool overlaps(const Settings& settings, const HostCores& cores) {
  const Overlap asked = word_of<Overlap>(settings, "overlap");
  if (asked != Overlap::kAuto) return asked == Overlap::kOn;
  return core_to_spare(cores, std::stoi(settings.at("threads")));
}

class Bench {
 public:
  Bench(const TrialOptions& options, const Settings& settings, Communicator& group, bool overlap)
      : settings_(settings),
        group_(group),
        options_(options),
        data_(options_),
        state_(options_),
        loader_(data_.train(), options_.augment, options_.seed, options_.runtime.loader_threads) {
    if (data_.train().crop_px() != std::stoi(settings.at("px"))) {
      throw Error(ErrorKind::kUsage, options_.data.stores + ": crops of " + std::to_string(data_.train().crop_px()) +
                                         " px, --px " + settings.at("px"));
    }
    if (data_.train_size() < options_.train.global_batch_size)
      throw Error(ErrorKind::kUsage, options_.data.stores + ": less than a batch");
    initialise_random(state_.classifier, options_.seed);
    const ReducerOptions reducer{.reduction = options_.train.reduction, .overlap = overlap};
    step_.emplace(state_, precision_from(options_.train.precision, options_.train.bf16_arithmetic), options_.seed,
                  data_.class_weights(), group_, reducer);
    fixed_ = load_first();
  }

  void run() {
    const int warmup = std::stoi(settings_.at("warmup")), steps = std::stoi(settings_.at("steps"));
    for (int i = 0; i < warmup + steps; ++i) {
      if (i == warmup) {
        group_.barrier();
        processor_s_ = -processor_s();
      }
      for (; settings_.at("data") == "real" && pushed_ < i + 2; ++pushed_) push(pushed_);
      const auto start = Clock::now();
      const StepOutcome outcome = one_step(i);
      if (i < warmup) continue;
      seconds_.push_back(seconds_since(start));
      add(outcome.times);
      loss_ = outcome.loss;
    }
    processor_s_ += processor_s();
    step_->close();
  }

  void print(bool overlap) const {
    const auto n = static_cast<double>(seconds_.size()), batch = static_cast<double>(options_.train.global_batch_size);
    std::string speeds;
    for (const double s : seconds_) speeds += (speeds.empty() ? "" : ", ") + std::to_string(batch / s);
    std::printf("{\"world\": %d, \"overlap\": \"%s\", \"arithmetic\": \"%s\", \"loss\": %.5f, \"images_per_s\": [%s], ",
                group_.world(), overlap ? "on" : "off", arithmetic_text(options_.train).c_str(), loss_, speeds.c_str());
    std::printf(
        "\"load\": %.1f, \"forward\": %.1f, \"backward\": %.1f, \"exposed\": %.1f, \"optimizer\": %.1f, \"processor\": "
        "%.1f}\n",
        1e3 * sum_.load_s / n, 1e3 * sum_.forward_s / n, 1e3 * sum_.backward_s / n, 1e3 * sum_.exposed_s / n,
        1e3 * sum_.optimizer_s / n, 1e3 * processor_s_ / n);
  }

 private:
  /// Step i of the bench as a step of the trial; the smaller batch at an epoch's end is left out.
  std::int64_t trial_step(std::int64_t i) const {
    const std::int64_t whole = data_.train_size() / options_.train.global_batch_size;
    return i / whole * data_.steps_per_epoch() + i % whole;
  }

  StepPlan plan(std::int64_t i) const {
    StepPlan plan;
    plan.step = static_cast<std::uint32_t>(trial_step(i));
    plan.rate = options_.optimizer.max_lr;
    plan.crop_px = data_.train().crop_px();
    plan.batch_samples = options_.train.global_batch_size;
    plan.microbatches = plan_microbatches(plan.batch_samples, options_.train.microbatch_size);
    plan.mine = plan_shard(static_cast<std::int64_t>(plan.microbatches.size()), group_.rank(), group_.world());
    return plan;
  }

  void push(std::int64_t i) {
    const StepPlan step = plan(i);
    for (const std::int64_t index : step.mine) {
      loader_.push(data_.request(trial_step(i), step.microbatches[static_cast<std::size_t>(index)]));
    }
  }

  CropBatch load_first() {
    push(0);
    return loader_.next();
  }

  StepOutcome one_step(std::int64_t i) {
    const bool is_real = settings_.at("data") == "real";
    StepOutcome outcome = step_->run(
        plan(i), [&] { return is_real ? loader_.next() : std::move(fixed_); },
        [&](CropBatch&& batch) { is_real ? loader_.recycle(std::move(batch)) : void(fixed_ = std::move(batch)); },
        [] { return false; });
    if (outcome.verdict.fault) throw Error(*outcome.verdict.fault);
    if (!std::isfinite(outcome.loss))
      throw Error(ErrorKind::kFailed, "the loss is not finite at step " + std::to_string(i));
    return outcome;
  }

  void add(const StepTimes& times) {
    sum_.load_s += times.load_s;
    sum_.forward_s += times.forward_s;
    sum_.backward_s += times.backward_s;
    sum_.exposed_s += times.exposed_s;
    sum_.optimizer_s += times.optimizer_s;
  }

  Settings settings_;
  Communicator& group_;
  TrialOptions options_;
  TrialData data_;
  TrainState state_;
  Loader loader_;
  std::optional<TrainStep> step_;
  CropBatch fixed_;
  std::int64_t pushed_ = 0;
  std::vector<double> seconds_;
  StepTimes sum_;
  double loss_ = 0, processor_s_ = 0;
};

void run(int count, char** words, MpiRuntime& runtime) {
  const Settings settings = read_settings(count, words);
  if (settings.at("data") != "real" && settings.at("data") != "synthetic")
    throw Error(ErrorKind::kUsage, "bench_step: --data " + settings.at("data") + ": wanted real or synthetic");
  const auto group = runtime.world();
  const TrialOptions options = trial_options(words[1], settings, group->world());
  if (!settings.at("dump").empty()) {
    dump(TrialData(options), settings.at("dump"));
  } else {
    configure_torch(options.train.threads_per_rank, options.train.reproducible);
    const bool overlap = overlaps(settings, runtime.cores());
    Bench bench(options, settings, *group, overlap);
    bench.run();
    if (group->rank() == 0) bench.print(overlap);
  }
  group->close();
}

}  // namespace
}  // namespace unmask

int main(int count, char** words) try {
  unmask::MpiRuntime runtime(&count, &words);
  try {
    unmask::run(count, words, runtime);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_step: %s\n", error.what());
    runtime.abort(1);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_step: %s\n", error.what());
  return 1;
}
