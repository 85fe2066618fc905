#include "data/frames/decoder_wire.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "data/printable.h"

namespace unmask {

void put_text(std::span<char> place, std::string_view text) {
  std::fill(place.begin(), place.end(), '\0');
  std::copy_n(text.begin(), std::min(text.size(), place.size()), place.begin());
}

std::string text_in(std::span<const char> place) {
  return printable(std::string_view(place.data(), strnlen(place.data(), place.size())));
}

std::size_t slot_bytes(const FrameLimits& limits) {
  constexpr std::size_t kPage = 4096;
  return (static_cast<std::size_t>(limits.max_pixels) * 3 / kPage + 2) * kPage;
}

bool send_message(int socket, std::span<const std::byte> message, int passed_fd) {
  iovec piece{const_cast<std::byte*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (passed_fd >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(part), &passed_fd, sizeof(int));
  }
  ssize_t sent = -1;
  do sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(message.size());
}

std::ptrdiff_t receive_message(int socket, std::span<std::byte> message, int* passed_fd, bool wait) {
  iovec piece{message.data(), message.size()};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (passed_fd != nullptr) {
    *passed_fd = -1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
  ssize_t got = -1;
  do got = recvmsg(socket, &header, MSG_TRUNC | MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  while (got < 0 && errno == EINTR);
  const cmsghdr* const part = got > 0 && passed_fd != nullptr ? CMSG_FIRSTHDR(&header) : nullptr;
  if (part != nullptr && part->cmsg_type == SCM_RIGHTS && part->cmsg_len >= CMSG_LEN(sizeof(int))) {
    std::memcpy(passed_fd, CMSG_DATA(part), sizeof(int));
  }
  return got;
}

}  // namespace unmask
