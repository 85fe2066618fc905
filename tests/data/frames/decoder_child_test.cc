#include "data/frames/decoder_child.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "data/frames/decoder_wire.h"

namespace unmask {
namespace {

/// The exit code of a child that is greeted with this, and then left alone.
int exit_code_after(const DecoderRequest& greeting) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    close(sockets[0]);
    _exit(serve_decoder(sockets[1]));
  }
  close(sockets[1]);
  send_message(sockets[0], std::as_bytes(std::span(&greeting, 1)));
  close(sockets[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DecoderChildTest, WithoutARingItDoesNothing) { EXPECT_EQ(exit_code_after({}), EXIT_FAILURE); }

TEST(DecoderChildTest, GreetedWithAnythingElseItEnds) {
  DecoderRequest request;
  request.kind = DecoderRequestKind::kProbe;
  EXPECT_EQ(exit_code_after(request), EXIT_FAILURE);
}

}  // namespace
}  // namespace unmask
