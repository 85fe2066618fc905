// The process on the other side of a MediaDecoder, which may do anything: crash, hang, lie. Whatever it does ends in a
// text that says which of these it was.
//
//   DecoderProcess child(options);
//   child.send(request, fd);
//   const std::optional<DecoderReply> reply = child.receive(20);
//   if (!reply) report(child.loss());            // "the decoder was killed by SIGSEGV"; the process is gone then
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/frames/decoder_wire.h"
#include "data/frames/media_decoder.h"

namespace unmask {

/// How the fault of a child begins whose sandbox fails.
constexpr std::string_view kNoSandbox = "the decoder's sandbox doesn't work here: ";

class DecoderProcess {
 public:
  static constexpr std::uint32_t kSlots = 3;

  /// Started by exec, with nothing but its socket, and greeted. The process dies with the thread that starts it. THROWS
  /// Error(kFailed) if it can't be started, or its sandbox fails.
  explicit DecoderProcess(const DecoderOptions& options);
  ~DecoderProcess();
  DecoderProcess(const DecoderProcess&) = delete;
  DecoderProcess& operator=(const DecoderProcess&) = delete;

  /// False, with the loss told, if it is gone. `passed_fd`: -1 for none.
  bool send(const DecoderRequest& request, int passed_fd = -1);
  /// A frame that was copied; what was on its way before a death still comes.
  void release(const DecoderRequest& request);
  /// `waiting` is called about twice a second meanwhile and may throw: then the process is killed.
  std::optional<DecoderReply> receive(double timeout_s, const std::function<void()>& waiting = {});
  /// It is killed, because it told what can't be: "a frame of 3 x -1 pixels".
  void lied(const std::string& what);
  /// False if it died while nothing was asked of it.
  bool is_alive();
  /// What its sandbox is made of, as it says.
  const std::string& walls() const { return walls_; }
  const std::string& loss() const { return loss_; }
  /// Frame number `index` of a request; the process may write to it at any time.
  std::span<const std::uint8_t> slot(std::uint32_t index) const;

 private:
  void start(const DecoderOptions& options);
  void greet(const DecoderOptions& options);
  void kill_now(const std::string& why);
  std::string death();

  FrameLimits limits_;
  std::int64_t memory_bytes_ = 0;
  pid_t process_ = -1;
  int socket_ = -1, ring_file_ = -1;
  std::span<std::uint8_t> ring_;
  std::string walls_, loss_;
};

/// unmask-decode beside the running program, or in the folder above (where tests are built); "" if it is in neither.
std::filesystem::path decoder_executable();

}  // namespace unmask
