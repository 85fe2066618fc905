// A decoder's child that misbehaves: greets as it should, then does to the first request what the environment variable
// UNMASK_STAND_IN says.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "data/frames/decoder_sandbox.h"
#include "data/frames/decoder_wire.h"

namespace {

using namespace unmask;

bool receive(DecoderRequest& request) {
  int file = -1;
  const auto got = receive_message(kDecoderSocket, std::as_writable_bytes(std::span(&request, 1)), &file);
  if (file >= 0) close(file);
  return got == static_cast<std::ptrdiff_t>(sizeof request);
}

void send(const DecoderReply& reply) { send_message(kDecoderSocket, std::as_bytes(std::span(&reply, 1))); }

[[noreturn]] void eat_memory() {
  std::set_new_handler([] { _exit(kDecoderOutOfMemory); });
  for (;;) {
    auto* const bytes = new char[1 << 20];
    std::memset(bytes, 1, 1 << 20);
  }
}

/// A reply that would be right, for a picture of 2 x 2.
DecoderReply good_reply(const DecoderRequest& request, std::uint32_t frame) {
  DecoderReply reply;
  reply.kind = request.kind == DecoderRequestKind::kProbe ? DecoderReplyKind::kFacts : DecoderReplyKind::kFrame;
  reply.request = request.request;
  reply.width = reply.height = 2;
  reply.frame = frame;
  reply.frames = 1;
  return reply;
}

void misbehave(const DecoderRequest& request, const std::string& how) {
  DecoderReply reply = good_reply(request, 0);
  if (how == "crash") {
    signal(SIGSEGV, SIG_DFL);  // the address sanitizer would make it an exit code
    raise(SIGSEGV);
  }
  if (how == "hang") sleep(1000);
  if (how == "exit") _exit(7);
  if (how == "eat") eat_memory();
  if (how == "close") {
    close(kDecoderSocket);
    sleep(1000);
  }
  if (how == "short") send_message(kDecoderSocket, std::as_bytes(std::span(&reply, 1)).first(40));
  if (how == "long") {
    std::vector<std::byte> bytes(sizeof reply + 1);
    send_message(kDecoderSocket, bytes);
  }
  if (how == "width") reply.width = 1 << 30;
  if (how == "height") reply.height = -1;
  if (how == "status") reply.status = 200;
  if (how == "frame") reply.frame = 5;
  if (how == "frames") reply.frames = std::int64_t{1} << 60;
  if (how == "time") reply.time_us = INT64_MIN;
  if (how == "kind") reply.kind = DecoderReplyKind::kReady;
  if (how == "request") {
    reply.request = 77;
    for (int i = 0; i < 10; ++i) send(reply);
  }
  if (how == "text") {
    reply.status = static_cast<std::uint32_t>(FrameStatus::kTruncated);
    std::memset(reply.problem, 27, sizeof reply.problem);
  }
  send(reply);
}

}  // namespace

int main() {
  const char* const how = std::getenv("UNMASK_STAND_IN");
  DecoderRequest request;
  if (how == nullptr || !receive(request)) return 1;
  const std::string fault = enter_sandbox({request.memory_bytes, kDecoderSocket, false});
  if (!fault.empty()) return 2;
  send({});
  while (receive(request)) {
    const bool is_asked = request.kind == DecoderRequestKind::kProbe || request.kind == DecoderRequestKind::kOpen;
    if (is_asked) misbehave(request, how);
  }
  return 0;
}
