#include "dist/gradient_reducer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/fault_point.h"
#include "base/seconds_since.h"
#include "dist/agreement.h"
#include "dist/bucket_plan.h"
#include "dist/bucket_wire.h"
#include "dist/fixed_point.h"

namespace unmask {
namespace {

constexpr std::size_t kFaultWord = GradientReducer::kScalars, kStopWord = kFaultWord + 1, kOverflowWord = kStopWord + 1,
                      kControlWords = kOverflowWord + 1;

}  // namespace

struct GradientReducer::Impl {
  struct Slot {
    std::int64_t offset = 0;
    std::size_t bucket = 0;
    bool filled = false, ready = false, faulty = false;
    int turn = 0;  // among the step's tensors in the order in which they were first added to
  };

  ReducerOptions options;
  std::vector<ReducedTensor> tensors;
  std::vector<Slot> slots;
  std::vector<Bucket> buckets;
  std::vector<int> unready;     // tensors of each bucket that are not ready
  std::size_t next_bucket = 0;  // first that was not launched
  std::shared_ptr<BucketWire> wire;
  std::thread helper;
  std::array<std::int64_t, kControlWords> control{};
  bool overlap = false, in_step = false, closed = false, compared = false, scaled = false, overflowed = false;
  int rank = 0, world = 1, turns = 0;
  double exposed_s = 0;
  std::optional<Fault> fault;

  bool is_float() const { return options.reduction == Reduction::kFloat; }
  StepSums::Range range(int tensor) const {
    return {tensor, static_cast<std::size_t>(slots[static_cast<std::size_t>(tensor)].offset),
            static_cast<std::size_t>(tensors[static_cast<std::size_t>(tensor)].elements)};
  }
  Slot& slot(int tensor, const char* caller) {
    if (!in_step) throw std::logic_error(std::string("GradientReducer::") + caller + " outside begin() and finish()");
    return slots.at(static_cast<std::size_t>(tensor));
  }

  void plan();
  void require_same_plan(Communicator& communicator) const;
  void make_ready(int tensor);
  void launch_up_to(std::size_t bucket);
  void record_bad_tensor(int tensor);
  void record_bad_scalar(std::size_t scalar) {
    record_bad_value("scalar " + std::to_string(scalar) + " is not finite or too large for fixed point");
  }
  void record_late_faults();
  /// A value that is bad because of the loss scale is no fault.
  void record_bad_value(const std::string& text) {
    if (scaled) {
      overflowed = true;
    } else if (!fault) {
      fault = Fault{.cause = Cause::kDivergence, .text = text};
    }
  }
  void wait_for_all();
  std::optional<Fault> sum(const std::optional<Fault>& own_fault);
  void connect();
  void start_helper();
  bool stop_helper();
  StepVerdict verdict(const std::optional<Fault>& own_fault);
};

void GradientReducer::Impl::plan() {
  std::vector<std::int64_t> elements;
  for (const ReducedTensor& tensor : tensors) elements.push_back(tensor.elements);
  buckets = plan_buckets(elements, options.bucket_bytes);
  if (buckets.empty()) buckets.emplace_back();  // the control words need one
  std::int64_t offset = 0;
  std::vector<std::int64_t> ends;
  slots.resize(tensors.size());
  for (std::size_t b = 0; b < buckets.size(); ++b) {
    for (int t = buckets[b].first; t < buckets[b].first + buckets[b].count; ++t) {
      slots[static_cast<std::size_t>(t)] = {.offset = offset, .bucket = b};
      offset += elements[static_cast<std::size_t>(t)];
    }
    ends.push_back(offset);
  }
  const StepSumsPlan memory{static_cast<std::size_t>(offset), tensors.size(), buckets.size(), kControlWords,
                            is_float()};
  wire = std::make_shared<BucketWire>(std::move(ends), kControlWords, options.make_sums(memory));
}

/// What the ranks sum must be the same, or collectives hang and sums are wrong. Asked once, not at every step.
void GradientReducer::Impl::require_same_plan(Communicator& communicator) const {
  std::ostringstream mine;
  mine << (is_float() ? "float" : "fixed-point") << " sums in buckets of " << options.bucket_bytes << " bytes, "
       << (overlap ? "with" : "without") << " overlap";
  for (const ReducedTensor& tensor : tensors) mine << '\n' << tensor.name << " of " << tensor.elements << " values";
  const std::vector<std::string> plans = all_gather_text(communicator, mine.str());
  for (std::size_t r = 1; r < plans.size(); ++r) {
    if (plans[r] == plans[0]) continue;
    std::istringstream first(plans[0]), other(plans[r]);
    std::string wanted, found;
    do {
      if (!std::getline(first, wanted)) wanted = "no more tensors";
      if (!std::getline(other, found)) found = "no more tensors";
    } while (wanted == found);
    throw CommError("gradient reducer on rank " + std::to_string(rank) + " of " + std::to_string(world) +
                    ": ranks differ: " + wanted + " on rank 0, " + found + " on rank " + std::to_string(r));
  }
}

GradientReducer::GradientReducer(std::unique_ptr<Communicator> communicator, std::vector<ReducedTensor> tensors,
                                 ReducerOptions options)
    : GradientReducer(*communicator, std::move(tensors), std::move(options)) {
  impl_->wire->own = std::move(communicator);
}

GradientReducer::GradientReducer(Communicator& communicator, std::vector<ReducedTensor> tensors, ReducerOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->tensors = std::move(tensors);
  impl_->rank = communicator.rank();
  impl_->world = communicator.world();
  impl_->plan();
  impl_->overlap = impl_->options.overlap && impl_->world > 1;
  impl_->wire->communicator = &communicator;
}

GradientReducer::~GradientReducer() {
  if (impl_->closed || !impl_->wire->own) return;
  impl_->wire->own->interrupt();
  if (impl_->stop_helper()) impl_->wire->own->abort("the gradient reducer was dropped without close()");
}

void GradientReducer::Impl::connect() {
  if (world > 1 && !compared) require_same_plan(*wire->communicator);
  compared = true;
  if (overlap && !helper.joinable()) start_helper();
}

void GradientReducer::Impl::start_helper() {
  if (!wire->own) wire->own = wire->communicator->duplicate();
  wire->communicator = wire->own.get();
  agree(*wire->own, "starting the thread that sends gradients",
        [&] { helper = std::thread([wire = wire] { wire->run(); }); });
}

/// A thread that is inside a collective cannot be stopped: it is left behind with what it holds.
bool GradientReducer::Impl::stop_helper() {
  if (!helper.joinable()) return true;
  if (wire->ask_to_leave(1.0)) {
    helper.join();
    return true;
  }
  std::fprintf(stderr, "rank %d of %d: the gradient reducer was dropped while a collective waits for a peer\n", rank,
               world);
  helper.detach();
  return false;
}

void GradientReducer::begin(std::int64_t addends, std::optional<double> loss_scale) {
  if (impl_->closed || impl_->in_step)
    throw std::logic_error("GradientReducer::begin before finish(), or after close()");
  if (addends < 1) throw std::logic_error("GradientReducer::begin: addends is " + std::to_string(addends));
  if (impl_->wire->error) std::rethrow_exception(impl_->wire->error);
  impl_->connect();
  impl_->in_step = true;
  impl_->scaled = loss_scale.has_value();
  impl_->overflowed = false;
  impl_->fault.reset();
  impl_->next_bucket = 0;
  impl_->turns = 0;
  impl_->unready.clear();
  for (const Bucket& bucket : impl_->buckets) impl_->unready.push_back(bucket.count);
  for (Impl::Slot& slot : impl_->slots) slot.filled = slot.ready = slot.faulty = false;
  {
    const std::lock_guard lock(impl_->wire->mutex);
    impl_->wire->launched = impl_->wire->done = 0;
  }
  // Last: a rank that fails here can still go to finish().
  impl_->wire->sums->begin(fixed_point_limit(addends), loss_scale.value_or(1));
}

void GradientReducer::Impl::record_bad_tensor(int tensor) {
  slots[static_cast<std::size_t>(tensor)].faulty = true;
  record_bad_value(tensors[static_cast<std::size_t>(tensor)].name +
                   (is_float() ? ": gradient is not finite" : ": gradient is not finite or too large for fixed point"));
}

void GradientReducer::accumulate(int tensor, std::span<const float* const> gradients,
                                 std::shared_ptr<const void> owner) {
  Impl::Slot& slot = impl_->slot(tensor, "accumulate");
  if (slot.ready) throw std::logic_error("GradientReducer::accumulate after ready() of the same tensor");
  if (gradients.empty() || slot.faulty) return;
  StepSums& sums = *impl_->wire->sums;
  if (!slot.filled) slot.turn = impl_->turns++;
  const bool good = sums.accumulate(impl_->range(tensor), gradients, /*fresh=*/!slot.filled, std::move(owner));
  slot.filled = true;
  if (good) return;
  impl_->record_bad_tensor(tensor);
  sums.zero(impl_->range(tensor));
}

void GradientReducer::sum_now() { impl_->wire->sums->sum_now(); }

/// Of what the host would have met first.
void GradientReducer::Impl::record_late_faults() {
  StepSums::LateFaults faults = wire->sums->late_faults();
  std::ranges::sort(faults.tensors, {}, [this](int tensor) { return slots[static_cast<std::size_t>(tensor)].turn; });
  for (const int tensor : faults.tensors) record_bad_tensor(tensor);
  for (const std::size_t scalar : faults.control_words) record_bad_scalar(scalar);
}

/// The helper takes launched buckets in index order; without a helper they wait for finish().
void GradientReducer::Impl::launch_up_to(std::size_t bucket) {
  for (; next_bucket < bucket; ++next_bucket) wire->sums->mark_launched(next_bucket);
  if (overlap) wire->launch_up_to(bucket);
}

void GradientReducer::Impl::make_ready(int tensor) {
  Slot& slot = slots[static_cast<std::size_t>(tensor)];
  if (slot.ready) return;
  if (!slot.filled) wire->sums->zero(range(tensor));
  slot.ready = true;
  --unready[slot.bucket];
  std::size_t bucket = next_bucket;
  while (bucket + 1 < buckets.size() && unready[bucket] == 0) ++bucket;  // the last waits for the control words
  if (bucket != next_bucket) launch_up_to(bucket);
}

void GradientReducer::ready(int tensor) {
  impl_->slot(tensor, "ready");
  impl_->make_ready(tensor);
}

void GradientReducer::add_to_scalar(int scalar, std::span<const float* const> values) {
  if (!impl_->in_step || scalar < 0 || scalar >= kScalars)
    throw std::logic_error("GradientReducer::add_to_scalar outside begin() and finish(), or of no scalar");
  const auto word = static_cast<std::size_t>(scalar);
  if (!values.empty() && !impl_->wire->sums->add_scalars(word, values)) impl_->record_bad_scalar(word);
}

void GradientReducer::Impl::wait_for_all() {
  if (!overlap) {
    for (std::size_t b = 0; b < buckets.size() && world > 1; ++b) {
      try {
        wire->reduce(b);
      } catch (...) {
        wire->error = std::current_exception();
        throw;
      }
    }
    return;
  }
  wire->wait_for_all();
}

/// The step's sums, to the control words on the host. Returns why this rank couldn't, where its peers don't know it.
std::optional<Fault> GradientReducer::Impl::sum(const std::optional<Fault>& own_fault) {
  try {
    wire->sums->add_control(control);
    launch_up_to(buckets.size());
    wait_for_all();
    wire->sums->get_control(control);
    record_late_faults();
    return own_fault ? own_fault : fault;
  } catch (...) {
    return wire->give_up(own_fault);
  }
}

StepVerdict GradientReducer::Impl::verdict(const std::optional<Fault>& own_fault) {
  StepVerdict result;
  result.stop_requested = control[kStopWord] > 0;
  result.overflowed = control[kOverflowWord] > 0;
  // The helper is idle now, so this thread may use its communicator.
  if (control[kFaultWord] > 0 || wire->communicator->sums_fail_alone()) result.fault = wire->agree(own_fault);
  return result;
}

StepVerdict GradientReducer::finish(const std::optional<Fault>& fault, bool stop) {
  if (!impl_->in_step) throw std::logic_error("GradientReducer::finish without begin()");
  std::optional<Fault> own_fault = fault;
  try {
    fault_point("finish");
    for (int t = 0; t < static_cast<int>(impl_->tensors.size()); ++t) impl_->make_ready(t);
    impl_->wire->sums->settle(impl_->scaled ? kOverflowWord : kFaultWord);
  } catch (...) {
    if (!own_fault) own_fault = current_fault();
  }
  if (!own_fault) own_fault = impl_->fault;
  impl_->in_step = false;
  impl_->control.fill(0);
  impl_->control[kFaultWord] = own_fault ? 1 : 0;
  impl_->control[kStopWord] = stop ? 1 : 0;
  impl_->control[kOverflowWord] = impl_->overflowed ? 1 : 0;
  const auto start = std::chrono::steady_clock::now();
  own_fault = impl_->sum(own_fault);
  StepVerdict result = impl_->verdict(own_fault);
  impl_->exposed_s = seconds_since(start);
  return result;
}

void GradientReducer::read(int tensor, std::span<float> total) const {
  const auto elements = static_cast<std::size_t>(impl_->tensors.at(static_cast<std::size_t>(tensor)).elements);
  if (total.size() != elements) {
    throw std::logic_error("GradientReducer::read: room for " + std::to_string(total.size()) +
                           " elements, the tensor has " + std::to_string(elements));
  }
  impl_->wire->sums->read(impl_->range(tensor), total);
}

std::vector<double> GradientReducer::scalars() const {
  std::vector<double> values;
  for (std::size_t i = 0; i < kScalars; ++i) values.push_back(from_fixed_point(impl_->control[i]));
  return values;
}

std::vector<int> GradientReducer::bucket_ends() const {
  std::vector<int> ends;
  if (impl_->overlap) {
    for (const Bucket& bucket : impl_->buckets) ends.push_back(bucket.first + bucket.count - 1);
    ends.pop_back();
  }
  return ends;
}

double GradientReducer::exposed_s() const { return impl_->exposed_s; }

void GradientReducer::close() {
  if (impl_->closed) return;
  impl_->closed = true;
  const bool failed = impl_->wire->error != nullptr;
  if (!impl_->stop_helper() || !impl_->wire->own) return;
  // After a failed collective the peers cannot be met again, unless all know that it was a device's.
  const bool agreed = failed && impl_->wire->own->sums_fail_alone() && impl_->wire->own->alarmed();
  if (failed && !agreed) return impl_->wire->own->abort("a collective of the gradient reducer failed");
  impl_->wire->own->close();
}

}  // namespace unmask
