// Forward and backward of one microbatch, without data, reduction or optimizer: median and spread of CPU ms.
//   model_step fp32|bf16 [samples 32] [px 224] [rounds 7]
// FILL=1 in the environment: what filling every new tensor with NaN costs (PyTorch's default with deterministic
// algorithms).
#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "model/classifier.h"

namespace {

/// CPU time of this process: a busy machine disturbs it less than the clock on the wall.
double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string precision = argc > 1 ? argv[1] : "fp32";
  const std::int64_t n = argc > 2 ? std::atoi(argv[2]) : 32, px = argc > 3 ? std::atoi(argv[3]) : 224;
  const int rounds = argc > 4 ? std::atoi(argv[4]) : 7;
  at::set_num_threads(1);
  at::globalContext().setDeterministicAlgorithms(true, true);
  at::globalContext().setDeterministicFillUninitializedMemory(std::getenv("FILL") != nullptr);
  unmask::Classifier classifier({.init = "random"});
  unmask::initialise_random(classifier, 1);
  at::Tensor images = at::arange(n * 3 * px * px, at::kFloat).mul_(0.37).sin_().reshape({n, 3, px, px});
  images = images.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor labels = at::arange(n).remainder(2);
  unmask::ForwardContext context{.training = true};
  if (precision == "bf16") context.precision = unmask::Precision::kBf16;
  std::vector<std::pair<double, double>> times;
  for (int round = -1; round < rounds; ++round) {
    const auto start = cpu_ms();
    const at::Tensor loss = at::cross_entropy_loss(classifier.forward(images, context), labels);
    const auto middle = cpu_ms();
    for (const unmask::NamedTensor& parameter : classifier.parameters()) parameter.tensor.mutable_grad().reset();
    loss.backward();
    if (round >= 0) times.emplace_back(middle - start, cpu_ms() - middle);
  }
  const auto total = [](const std::pair<double, double>& t) { return t.first + t.second; };
  std::sort(times.begin(), times.end(), [&](const auto& a, const auto& b) { return total(a) < total(b); });
  const auto& median = times[times.size() / 2];
  std::printf("%s n=%ld px=%ld: forward %.1f ms, backward %.1f ms, step %.1f ms (%.1f to %.1f), %.1f img/s\n",
              precision.c_str(), static_cast<long>(n), static_cast<long>(px), median.first, median.second,
              total(median), total(times.front()), total(times.back()),
              1000.0 * static_cast<double>(n) / total(median));
}
