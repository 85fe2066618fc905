#include "data/load/loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/trace.h"
#include "data/augment/augment.h"
#include "data/augment/degradation.h"
#include "data/augment/self_blend.h"

namespace unmask {
namespace {

/// A pushed request on its way. `batch` and `error` belong to the worker until is_done.
struct Job {
  LoadRequest request;
  CropBatch batch;
  std::exception_ptr error;
  bool is_expected = false, is_taken = false, is_done = false;
};

}  // namespace

struct Loader::Impl {
  const SampleList& samples;
  const AugmentOptions options;
  const std::uint64_t seed;
  const std::size_t ahead;
  const ByteMemory byte_memory;
  std::mutex mutex;
  std::condition_variable work_came, work_done;
  std::deque<std::shared_ptr<Job>> jobs;  // in the order they were pushed
  std::vector<CropBatch> spare;
  bool is_closing = false;
  std::vector<std::thread> workers;

  Impl(const SampleList& list, const AugmentOptions& augment_options, std::uint64_t draw_seed, int threads, int limit,
       ByteMemory bytes)
      : samples(list),
        options(augment_options),
        seed(draw_seed),
        ahead(static_cast<std::size_t>(std::max(limit, 1))),
        byte_memory(std::move(bytes)) {
    try {
      for (int i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    } catch (...) {
      close();
      throw;
    }
  }
  ~Impl() { close(); }

  void close() {
    {
      const std::lock_guard lock(mutex);
      is_closing = true;
    }
    work_came.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  /// Under the lock: the oldest job that nobody works on, among the first `ahead`.
  std::shared_ptr<Job> waiting_job() const {
    for (std::size_t i = 0; i < std::min(jobs.size(), ahead); ++i) {
      if (!jobs[i]->is_taken) return jobs[i];
    }
    return nullptr;
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      std::shared_ptr<Job> job;
      work_came.wait(lock, [&] { return is_closing || (job = waiting_job()) != nullptr; });
      if (is_closing) return;
      start(*job);
      const std::vector<std::shared_ptr<Job>> coming = newly_expected();
      lock.unlock();
      // Many reads at once: a disk behind a network answers none of them soon.
      for (const auto& next : coming) expect(next->request);
      load(*job);
      lock.lock();
      job->is_done = true;
      work_done.notify_all();
    }
  }

  /// Under the lock: the jobs of the window, and one behind it, whose crops the disk wasn't asked for yet.
  std::vector<std::shared_ptr<Job>> newly_expected() const {
    std::vector<std::shared_ptr<Job>> found;
    for (std::size_t i = 0; i < std::min(jobs.size(), ahead + 1); ++i) {
      if (!jobs[i]->is_taken && !std::exchange(jobs[i]->is_expected, true)) found.push_back(jobs[i]);
    }
    return found;
  }

  void expect(const LoadRequest& request) const {
    for (const LoadRequest::Item& item : request.items) {
      if (item.sample < samples.size()) samples.expect(item.sample);
    }
    samples.expect(request.expected);
  }

  /// Under the lock.
  void start(Job& job) {
    job.is_taken = true;
    if (spare.empty()) return;
    job.batch = std::move(spare.back());
    spare.pop_back();
  }

  void load(Job& job) const {
    const TraceSpan span("read and augment");
    try {
      fill(job.request, job.batch);
    } catch (...) {
      job.error = std::current_exception();
    }
  }

  void fill(const LoadRequest& request, CropBatch& batch) const {
    batch.labels.resize(request.items.size());
    for (std::size_t i = 0; i < request.items.size(); ++i) {
      const std::uint32_t sample = request.items[i].sample;
      if (sample >= samples.size()) {
        throw Error(ErrorKind::kFailed, "loader: sample " + std::to_string(sample) + " of " +
                                            std::to_string(samples.size()) + " was asked for");
      }
      batch.labels[i] = samples[sample].label;
    }
    byte_memory ? fill_bytes(request, batch) : fill_images(request, batch);
    if (!request.forgets) return;
    for (const LoadRequest::Item& item : request.items) samples.forget(item.sample);
  }

  std::size_t crop_values() const {
    return static_cast<std::size_t>(samples.crop_px()) * static_cast<std::size_t>(samples.crop_px()) * 3;
  }
  AugmentDraw draw(const LoadRequest& request, const LoadRequest::Item& item) const {
    return draw_augmentation(options, samples.crop_px(), seed, request.epoch, item.slot);
  }

  /// The crop as it is stored; in training, what is done to its bytes and, where that makes a fake of it, to its label.
  void read(const LoadRequest& request, std::size_t i, std::span<std::uint8_t> rgb, CropBatch& batch) const {
    const LoadRequest::Item item = request.items[i];
    samples.read(item.sample, rgb);
    if (!request.training || !options.enabled) return;
    const int px = samples.crop_px();
    if (options.self_blend > 0 && batch.labels[i] == 0) {
      const SelfBlendDraw blend = draw_self_blend(options.self_blend, px, seed, request.epoch, item.slot);
      self_blend(rgb, px, blend);
      if (blend.blends) batch.labels[i] = 1;
    }
    degrade(rgb, px, draw_degradation(options.degradation, px, seed, request.epoch, item.slot));
  }

  void fill_images(const LoadRequest& request, CropBatch& batch) const {
    const int px = samples.crop_px();
    batch.images.resize(request.items.size() * crop_values());
    thread_local std::vector<std::uint8_t> rgb;
    rgb.resize(crop_values());
    for (std::size_t i = 0; i < request.items.size(); ++i) {
      const LoadRequest::Item item = request.items[i];
      read(request, i, rgb, batch);
      const std::span<float> image(batch.images.data() + i * crop_values(), crop_values());
      if (request.training && options.enabled) {
        augment(rgb, px, draw(request, item), image);
      } else {
        normalise(rgb, px, image);
      }
    }
  }

  void fill_bytes(const LoadRequest& request, CropBatch& batch) const {
    batch.bytes = byte_memory(request.items.size() * crop_values());
    std::vector<AugmentDraw> draws;
    for (std::size_t i = 0; i < request.items.size(); ++i) {
      const LoadRequest::Item item = request.items[i];
      read(request, i, std::span(batch.bytes.get() + i * crop_values(), crop_values()), batch);
      if (request.training && options.enabled) draws.push_back(draw(request, item));
    }
    make_augment_table(draws, samples.crop_px(), batch.table);
  }

  std::shared_ptr<Job> take_oldest() {
    std::unique_lock lock(mutex);
    if (jobs.empty()) throw Error(ErrorKind::kFailed, "loader: next() without a pushed request");
    std::shared_ptr<Job> job = jobs.front();
    if (workers.empty()) {
      start(*job);
      load(*job);
    } else {
      work_done.wait(lock, [&] { return job->is_done; });
    }
    jobs.pop_front();
    return job;
  }
};

Loader::Loader(const SampleList& samples, const AugmentOptions& options, std::uint64_t seed, int threads, int ahead,
               ByteMemory bytes)
    : impl_(std::make_unique<Impl>(samples, options, seed, threads, ahead, std::move(bytes))) {}
Loader::~Loader() = default;

void Loader::push(LoadRequest request) {
  auto job = std::make_shared<Job>();
  job->request = std::move(request);
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->jobs.push_back(std::move(job));
  }
  impl_->work_came.notify_one();
}

CropBatch Loader::next() {
  const std::shared_ptr<Job> job = impl_->take_oldest();
  impl_->work_came.notify_one();  // the window of `ahead` moved on
  if (job->error) std::rethrow_exception(job->error);
  return std::move(job->batch);
}

void Loader::recycle(CropBatch&& batch) {
  batch.bytes.reset();
  const std::lock_guard lock(impl_->mutex);
  if (impl_->spare.size() < impl_->ahead + impl_->workers.size() + 1) impl_->spare.push_back(std::move(batch));
}

}  // namespace unmask
