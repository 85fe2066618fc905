#include "data/frames/decoder_child.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "data/frames/decoder_sandbox.h"
#include "data/frames/decoder_wire.h"
#include "data/frames/image_file.h"
#include "data/frames/media_reader.h"

namespace unmask {
namespace {

/// Libraries read files, ask for the processor and make their tables at the first use: before the sandbox.
void warm_up(const FrameLimits& limits) {
  av_log_set_level(AV_LOG_QUIET);
  cv::setNumThreads(1);
  for (const char* const kind : {".png", ".jpg", ".bmp", ".webp"}) {
    EncodedBytes bytes;
    if (cv::imencode(kind, cv::Mat(16, 16, CV_8UC3, cv::Scalar(10, 120, 230)), bytes)) decode_image(bytes, limits);
  }
}

class DecoderChild {
 public:
  explicit DecoderChild(int socket) : socket_(socket) {}

  int serve() {
    if (!greet()) return EXIT_FAILURE;
    while (receive(true)) {
      do {
        const DecoderRequest request = request_;
        if (request.kind == DecoderRequestKind::kProbe) probe();
        if (request.kind == DecoderRequestKind::kOpen) decode();
      } while (std::exchange(is_interrupted_, false));
    }
    return EXIT_SUCCESS;
  }

 private:
  /// The next request, into request_; what comes with it into file_. False: the parent is gone, or `wait` is false and
  /// there is none.
  bool receive(bool wait) {
    int passed = -1;
    const std::ptrdiff_t got = receive_message(socket_, std::as_writable_bytes(std::span(&request_, 1)), &passed, wait);
    if (got == 0) _exit(EXIT_SUCCESS);
    if (passed >= 0) {
      if (file_ >= 0) close(file_);
      file_ = passed;
    }
    return got == static_cast<std::ptrdiff_t>(sizeof request_);
  }

  void send(DecoderReply reply) {
    if (!send_message(socket_, std::as_bytes(std::span(&reply, 1)))) _exit(EXIT_FAILURE);
  }

  bool greet() {
    if (!receive(true) || request_.kind != DecoderRequestKind::kHello || file_ < 0) return false;
    limits_ = {request_.max_pixels, request_.max_file_bytes};
    slots_ = request_.slots;
    const std::size_t bytes = slot_bytes(limits_) * slots_;
    void* const place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    if (place == MAP_FAILED) return false;
    ring_ = {static_cast<std::uint8_t*>(place), bytes};
    close(std::exchange(file_, -1));
    warm_up(limits_);
    const int landlock = landlock_version();
    DecoderReply ready;
    ready.kind = DecoderReplyKind::kReady;
    put_text(ready.problem, enter_sandbox({request_.memory_bytes, socket_, request_.sandbox != 0}));
    put_text(ready.codec, request_.sandbox == 0 ? "limits alone"
                          : landlock > 0        ? "seccomp, Landlock"
                                                : "seccomp, no Landlock here");
    send(ready);
    return true;
  }

  void probe() {
    const VideoFacts facts = probe_media(file_, limits_);
    DecoderReply reply;
    reply.kind = DecoderReplyKind::kFacts;
    reply.request = request_.request;
    reply.status = static_cast<std::uint32_t>(facts.status);
    reply.width = facts.width;
    reply.height = facts.height;
    reply.frames = facts.frames;
    reply.duration_s = facts.duration_s;
    reply.frames_per_s = facts.frames_per_s;
    put_text(reply.codec, facts.codec);
    put_text(reply.problem, facts.problem);
    send(reply);
  }

  bool receive_numbers(std::vector<std::uint32_t>& numbers) {
    const std::uint32_t count = request_.count;
    while (numbers.size() < count) {
      if (!receive(true) || request_.kind != DecoderRequestKind::kNumbers) return false;
      const std::size_t here = std::min<std::size_t>(request_.count, DecoderRequest::kMaxNumbers);
      numbers.insert(numbers.end(), request_.numbers, request_.numbers + here);
    }
    return true;
  }

  /// Waits until a slot is free. False: something else is asked for.
  bool has_slot(std::uint32_t made) {
    while (receive(made - released_ >= slots_)) {
      if (request_.kind != DecoderRequestKind::kRelease) {
        is_interrupted_ = true;
        return false;
      }
      ++released_;
    }
    return made - released_ < slots_;
  }

  void decode() {
    const std::uint32_t request = request_.request;
    std::vector<std::uint32_t> numbers;
    if (!receive_numbers(numbers)) _exit(EXIT_FAILURE);
    MediaReader reader(file_, limits_, std::move(numbers));
    released_ = 0;
    for (std::uint32_t made = 0;; ++made) {
      if (!has_slot(made)) return;
      const std::optional<SeenFrame> frame = reader.next(ring_.subspan(made % slots_ * slot_bytes(limits_)));
      if (!frame) return;
      DecoderReply reply;
      reply.kind = DecoderReplyKind::kFrame;
      reply.request = request;
      reply.status = static_cast<std::uint32_t>(frame->status);
      reply.frame = frame->frame;
      reply.time_us = frame->time_us;
      reply.width = frame->width;
      reply.height = frame->height;
      put_text(reply.problem, frame->problem);
      send(reply);
    }
  }

  int socket_;
  int file_ = -1;  // that came last
  DecoderRequest request_;
  FrameLimits limits_;
  std::uint32_t slots_ = 1, released_ = 0;
  std::span<std::uint8_t> ring_;
  bool is_interrupted_ = false;
};

}  // namespace

int serve_decoder(int socket) {
  std::set_new_handler([] { _exit(kDecoderOutOfMemory); });
  try {
    return DecoderChild(socket).serve();
  } catch (const std::bad_alloc&) {
    return kDecoderOutOfMemory;
  }
}

}  // namespace unmask
