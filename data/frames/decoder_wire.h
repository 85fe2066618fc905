// What a MediaDecoder and its child tell each other: messages of fixed size over a socket that keeps their borders,
// and frames in a ring of shared memory, whose slots are taken in turn: the frame in reply number i of a request lies
// in slot i modulo slots. The parent believes nothing: the child may have been taken over by what it decodes.
//
//   parent: kHello (with the ring's descriptor)       child: kReady
//   parent: kProbe (with the file's)                  child: kFacts
//   parent: kOpen (with the file's), kNumbers …       child: kFrame for each number, as long as slots are free
//   parent: kRelease for each frame that it copied
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "data/frames/image.h"

namespace unmask {

/// The descriptor of the socket that the child is started with.
constexpr int kDecoderSocket = 3;
/// Exit code of a child that wanted more memory than it may have.
constexpr int kDecoderOutOfMemory = 12;

enum class DecoderRequestKind : std::uint32_t { kHello = 1, kProbe, kOpen, kNumbers, kRelease };
enum class DecoderReplyKind : std::uint32_t { kReady = 1, kFacts, kFrame };

struct DecoderRequest {
  DecoderRequestKind kind = DecoderRequestKind::kHello;
  std::uint32_t request = 0;  // which probe or open this is of; replies carry it back
  // kHello
  std::int64_t max_pixels = 0, max_file_bytes = 0, memory_bytes = 0;
  std::uint32_t slots = 0, sandbox = 0;
  // kOpen: how many numbers follow; kNumbers: how many are here
  std::uint32_t count = 0;
  static constexpr std::size_t kMaxNumbers = 1024;
  std::uint32_t numbers[kMaxNumbers] = {};
};

struct DecoderReply {
  DecoderReplyKind kind = DecoderReplyKind::kReady;
  std::uint32_t request = 0;
  std::uint32_t status = 0;  // FrameStatus
  std::int32_t width = 0, height = 0;
  std::uint32_t frame = 0;    // kFrame: its number
  std::int64_t time_us = -1;  // kFrame
  std::int64_t frames = 0;    // kFacts, as the next two
  double duration_s = 0, frames_per_s = 0;
  char codec[32] = {};  // texts end with a 0, or fill their place
  char problem[480] = {};
};

/// Cut off where it doesn't fit.
void put_text(std::span<char> place, std::string_view text);
/// What the other side wrote there, as printable text.
std::string text_in(std::span<const char> place);

/// Bytes of a slot: a frame of the most pixels, and room behind it for what writes in blocks.
std::size_t slot_bytes(const FrameLimits& limits);

/// False with errno where it can't be sent. `passed_fd`: -1 for none.
bool send_message(int socket, std::span<const std::byte> message, int passed_fd = -1);
/// Bytes that the message had, which may be more than were wanted; 0 at the end, -1 with errno. `passed_fd`: the
/// descriptor that came along, -1 if none did; null: descriptors aren't taken.
std::ptrdiff_t receive_message(int socket, std::span<std::byte> message, int* passed_fd = nullptr, bool wait = true);

}  // namespace unmask
