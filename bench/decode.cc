// Frames a second of a video through the decoder's child, and by the same code in this process.
//   bench_decode CLIP [ROUNDS]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "base/seconds_since.h"
#include "data/frames/media_decoder.h"
#include "data/frames/media_reader.h"

namespace {

using namespace unmask;

struct Run {
  double frames_per_s = 0;
  std::uint64_t sum = 0;  // of the bytes
};

/// A byte of each row, so that both sides touch what they were given.
std::uint64_t sum_of(const std::vector<std::uint8_t>& rgb) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < rgb.size(); i += 997) sum = sum * 31 + rgb[i];
  return sum;
}

std::vector<std::uint32_t> all_frames(std::int64_t count) {
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0u);
  return numbers;
}

Run by_child(MediaDecoder& decoder, const char* clip, const std::vector<std::uint32_t>& numbers) {
  Run run;
  const auto start = std::chrono::steady_clock::now();
  decoder.open(clip, numbers);
  while (const auto frame = decoder.next()) run.sum += sum_of(frame->read.image.rgb);
  run.frames_per_s = static_cast<double>(numbers.size()) / seconds_since(start);
  return run;
}

Run in_process(const char* clip, const std::vector<std::uint32_t>& numbers, std::vector<std::uint8_t>& place) {
  Run run;
  const auto start = std::chrono::steady_clock::now();
  const int fd = open(clip, O_RDONLY);
  MediaReader reader(fd, {}, numbers);
  while (const auto frame = reader.next(place)) {
    // Whoever uses a frame owns it: a copy here, too.
    const auto bytes = static_cast<std::ptrdiff_t>(frame->width) * frame->height * 3;
    run.sum += sum_of(std::vector<std::uint8_t>(place.begin(), place.begin() + bytes));
  }
  run.frames_per_s = static_cast<double>(numbers.size()) / seconds_since(start);
  close(fd);
  return run;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const char* const clip = arguments[1];
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 9;
  MediaDecoder decoder{DecoderOptions{}};
  const std::vector<std::uint32_t> numbers = all_frames(decoder.probe(clip).frames);
  std::vector<std::uint8_t> place(static_cast<std::size_t>(FrameLimits{}.max_pixels) * 3 + 4096);
  std::vector<double> child, process, ratios;
  for (int round = 0; round < rounds; ++round) {  // in turn, so that what else runs here meets both
    const Run one = by_child(decoder, clip, numbers);
    const Run other = in_process(clip, numbers, place);
    if (one.sum != other.sum) {
      std::fprintf(stderr, "the frames differ\n");
      return 1;
    }
    child.push_back(one.frames_per_s);
    process.push_back(other.frames_per_s);
    ratios.push_back(one.frames_per_s / other.frames_per_s);
  }
  const auto [lowest, highest] = std::minmax_element(ratios.begin(), ratios.end());
  std::printf("%zu frames, %d rounds: child %.1f frames/s, in process %.1f; ratio %.3f (%.3f to %.3f)\n",
              numbers.size(), rounds, median(child), median(process), median(ratios), *lowest, *highest);
}
