#include "data/frames/media_decoder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "data/frames/decoder_process.h"
#include "data/frames/decoder_wire.h"
#include "data/frames/image_file.h"

namespace unmask {
namespace {

/// A file that was opened for reading, or why it wasn't.
struct Input {
  int fd = -1;
  std::int64_t bytes = 0;
  std::int64_t stored_bytes = 0;  // without holes, which cost no disk any time
  std::optional<ReadFrame> fault;

  explicit Input(const std::filesystem::path& file) : fault(file_fault(file)) {
    if (fault) return;
    // O_NONBLOCK in case it is exchanged for a FIFO in between.
    fd = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || fstat(fd, &info) != 0) {
      fault = unread(FrameStatus::kUnreadable, std::strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
      fault = unread(FrameStatus::kNotAFile, "wanted a file");
    }
    bytes = info.st_size;
    // Some file systems don't tell.
    stored_bytes = info.st_blocks > 0 ? std::min<std::int64_t>(bytes, info.st_blocks * 512) : bytes;
  }
  ~Input() {
    if (fd >= 0) close(fd);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
};

/// Silence that is allowed while so many bytes are read and so many frames decoded; what the child says has no part in
/// it, and there is an end to it.
double patience_s(const DecoderOptions& options, std::int64_t bytes, std::int64_t frames) {
  constexpr double kBytesATimeout = 200e6, kFramesATimeout = 200, kTimeoutsAtMost = 30;
  const double timeouts =
      1 + static_cast<double>(bytes) / kBytesATimeout + static_cast<double>(frames) / kFramesATimeout;
  return options.frame_timeout_s * std::min(timeouts, kTimeoutsAtMost);
}

bool is_status(std::uint32_t status) { return status <= static_cast<std::uint32_t>(FrameStatus::kDecoderFailed); }

std::string size_text(const DecoderReply& reply) {
  return std::to_string(reply.width) + " x " + std::to_string(reply.height) + " pixels";
}

/// What can't be in the facts of a file of `bytes` bytes; "" if nothing.
std::string lie_in_facts(const DecoderReply& reply, std::int64_t bytes, const FrameLimits& limits) {
  if (reply.kind != DecoderReplyKind::kFacts) return "no facts";
  if (!is_status(reply.status)) return "status " + std::to_string(reply.status);
  if (reply.frames < 0 || reply.frames > bytes) return std::to_string(reply.frames) + " frames";
  const bool is_duration = std::isfinite(reply.duration_s) && reply.duration_s >= 0;
  if (!is_duration || !std::isfinite(reply.frames_per_s) || reply.frames_per_s < 0) return "a duration below 0";
  const bool is_ok = static_cast<FrameStatus>(reply.status) == FrameStatus::kOk;
  if (is_ok && size_fault(reply.width, reply.height, limits)) return size_text(reply);
  return is_ok && reply.frames == 0 ? "0 frames" : "";
}

std::string lie_in_frame(const DecoderReply& reply, std::uint32_t wanted, const FrameLimits& limits) {
  if (reply.kind != DecoderReplyKind::kFrame) return "no frame";
  if (!is_status(reply.status)) return "status " + std::to_string(reply.status);
  if (reply.frame != wanted) {
    return "frame " + std::to_string(reply.frame) + " instead of " + std::to_string(wanted);
  }
  if (reply.time_us < -1) return "time " + std::to_string(reply.time_us) + " us";
  const bool is_ok = static_cast<FrameStatus>(reply.status) == FrameStatus::kOk;
  return is_ok && size_fault(reply.width, reply.height, limits) ? "a frame of " + size_text(reply) : "";
}

}  // namespace

struct MediaDecoder::Impl {
  DecoderOptions options;
  std::unique_ptr<DecoderProcess> child;
  std::uint32_t request = 0;
  std::vector<std::uint32_t> wanted;
  std::uint32_t given = 0;
  std::int64_t bytes = 0;  // of the input, without holes
  std::function<void()> waiting;
  std::optional<ReadFrame> fault;  // of all frames that are still to be given

  /// Asks a child that is alive, a new one if need be. False: the one that was there is lost by it.
  bool ask(DecoderRequest what, int fd) {
    if (!child || !child->is_alive()) child = std::make_unique<DecoderProcess>(options);
    what.request = ++request;
    return child->send(what, fd);
  }

  /// The next reply to this request; frames of the one before it may be on their way.
  std::optional<DecoderReply> receive(double timeout_s) {
    for (std::uint32_t old = 0; old <= DecoderProcess::kSlots; ++old) {
      std::optional<DecoderReply> reply = child->receive(timeout_s, waiting);
      if (!reply || reply->request == request) return reply;
    }
    child->lied("replies that nobody asked for");
    return std::nullopt;
  }

  ReadFrame lost() {
    ReadFrame frame = unread(FrameStatus::kDecoderFailed, child->loss());
    child.reset();
    return frame;
  }

  void send_numbers() {
    for (std::size_t at = 0; at < wanted.size(); at += DecoderRequest::kMaxNumbers) {
      DecoderRequest part;
      part.kind = DecoderRequestKind::kNumbers;
      part.request = request;
      part.count = static_cast<std::uint32_t>(std::min(DecoderRequest::kMaxNumbers, wanted.size() - at));
      std::copy_n(wanted.begin() + static_cast<std::ptrdiff_t>(at), part.count, part.numbers);
      if (!child->send(part)) return;
    }
  }

  ReadFrame take(const DecoderReply& reply, std::uint32_t index) {
    ReadFrame frame = unread(static_cast<FrameStatus>(reply.status), text_in(reply.problem));
    if (frame.status == FrameStatus::kOk) {
      const std::size_t size = static_cast<std::size_t>(reply.width) * static_cast<std::size_t>(reply.height) * 3;
      const std::span<const std::uint8_t> place = child->slot(index);
      frame.problem.clear();
      frame.image.width = reply.width;
      frame.image.height = reply.height;
      frame.image.rgb.assign(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(size));
    }
    DecoderRequest release;
    release.kind = DecoderRequestKind::kRelease;
    release.request = request;
    child->release(release);
    return frame;
  }
};

MediaDecoder::MediaDecoder(const DecoderOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
}
MediaDecoder::~MediaDecoder() = default;
MediaDecoder::MediaDecoder(MediaDecoder&&) noexcept = default;

void MediaDecoder::on_wait(std::function<void()> waiting) { impl_->waiting = std::move(waiting); }

VideoFacts MediaDecoder::probe(const std::filesystem::path& file) {
  impl_->wanted.clear();
  impl_->given = 0;
  VideoFacts facts;
  const Input input(file);
  facts.file_bytes = input.bytes;
  std::optional<ReadFrame> fault = input.fault;
  if (!fault) {
    DecoderRequest request;
    request.kind = DecoderRequestKind::kProbe;
    const std::optional<DecoderReply> reply = impl_->ask(request, input.fd)
                                                  ? impl_->receive(patience_s(impl_->options, input.stored_bytes, 0))
                                                  : std::nullopt;
    const std::string lie = reply ? lie_in_facts(*reply, input.bytes, impl_->options.limits) : "";
    if (!lie.empty()) impl_->child->lied(lie);
    if (!reply || !lie.empty()) {
      fault = impl_->lost();
    } else {
      facts.status = static_cast<FrameStatus>(reply->status);
      facts.problem = text_in(reply->problem);
      facts.width = reply->width;
      facts.height = reply->height;
      facts.frames = reply->frames;
      facts.duration_s = reply->duration_s;
      facts.frames_per_s = reply->frames_per_s;
      facts.codec = text_in(reply->codec);
    }
  }
  if (fault) facts.status = fault->status, facts.problem = fault->problem;
  return facts;
}

void MediaDecoder::open(const std::filesystem::path& file, std::span<const std::uint32_t> frames) {
  impl_->wanted.assign(frames.begin(), frames.end());
  impl_->given = 0;
  const Input input(file);
  impl_->bytes = input.stored_bytes;
  impl_->fault = input.fault;
  if (impl_->fault || frames.empty()) return;
  DecoderRequest request;
  request.kind = DecoderRequestKind::kOpen;
  request.count = static_cast<std::uint32_t>(frames.size());
  if (impl_->ask(request, input.fd)) impl_->send_numbers();  // a loss shows at the first frame
}

std::optional<DecodedFrame> MediaDecoder::next() {
  Impl& self = *impl_;
  if (self.given == self.wanted.size()) return std::nullopt;
  const std::uint32_t index = self.given++, number = self.wanted[index];
  if (self.fault) return DecodedFrame{number, -1, *self.fault};
  const std::int64_t before = index == 0 ? 0 : self.wanted[index - 1];
  const double timeout_s = patience_s(self.options, index == 0 ? self.bytes : 0, number - before);
  const std::optional<DecoderReply> reply = self.receive(timeout_s);
  const std::string lie = reply ? lie_in_frame(*reply, number, self.options.limits) : "";
  if (!lie.empty()) self.child->lied(lie);
  if (!reply || !lie.empty()) {
    self.fault = self.lost();
    return DecodedFrame{number, -1, *self.fault};
  }
  const std::int64_t time_us = reply->time_us;
  return DecodedFrame{number, time_us, self.take(*reply, index)};
}

std::string sandbox_fault(const DecoderOptions& options, std::string* walls) {
  try {
    const DecoderProcess child(options);
    if (walls != nullptr) *walls = child.walls();
    return "";
  } catch (const Error& error) {
    const std::string_view what = error.what();
    return std::string(what.substr(what.starts_with(kNoSandbox) ? kNoSandbox.size() : 0));
  }
}

}  // namespace unmask
