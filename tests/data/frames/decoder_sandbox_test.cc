#include "data/frames/decoder_sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "data/frames/decoder_wire.h"

namespace unmask {
namespace {

constexpr int kNoSandbox = 99, kRefused = 42;

/// How a child ends that enters the sandbox and tries something: the try returns whether it was refused with EPERM.
template <class Try>
int status_after(Try attempt, bool has_filters = true) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    const std::string fault = enter_sandbox({256 << 20, sockets[1], has_filters});
    if (!fault.empty()) _exit(kNoSandbox);
    _exit(attempt(sockets[1]) ? kRefused : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  close(sockets[0]);
  close(sockets[1]);
  return status;
}

/// True, with what was refused, for a try of a call that returns -1.
bool refused(long result) { return result == -1 && errno == EPERM; }

void expect_refused(int status) {
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kRefused);
}
void expect_killed(int status) {
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(DecoderSandboxTest, NoFileIsOpenedMadeOrRemoved) {
  expect_refused(status_after([](int) { return refused(open("/etc/passwd", O_RDONLY)); }));
  expect_refused(status_after([](int) { return refused(open("/tmp/decoder-sandbox", O_WRONLY | O_CREAT, 0600)); }));
  expect_refused(status_after([](int) { return refused(unlink("/tmp/decoder-sandbox")); }));
  expect_refused(status_after([](int) { return refused(access("/etc/passwd", R_OK)); }));
  expect_refused(status_after([](int) { return refused(memfd_create("x", 0)); }));
  expect_refused(status_after([](int) { return refused(write(STDERR_FILENO, "x", 1)); }));
}

TEST(DecoderSandboxTest, NoSocketIsMade) {
  expect_killed(status_after([](int) { return refused(socket(AF_INET, SOCK_STREAM, 0)); }));
  expect_killed(status_after([](int) { return refused(socket(AF_UNIX, SOCK_STREAM, 0)); }));
  expect_killed(status_after([](int own) {
    const sockaddr_in where{AF_INET, htons(80), {htonl(INADDR_LOOPBACK)}, {}};
    return refused(connect(own, reinterpret_cast<const sockaddr*>(&where), sizeof where));
  }));
  // Messages go on the child's own socket alone.
  expect_refused(status_after([](int own) {
    const DecoderReply reply;
    return refused(send_message(own + 1, std::as_bytes(std::span(&reply, 1))) ? 0 : -1);
  }));
}

TEST(DecoderSandboxTest, NoProgramAndNoProcessIsStarted) {
  expect_killed(status_after([](int) { return refused(execl("/bin/true", "true", nullptr)); }));
  expect_refused(status_after([](int) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    return refused(child);
  }));
#ifndef __SANITIZE_ADDRESS__  // which itself ends a process that may not make a thread
  expect_refused(status_after([](int) {
    try {
      std::thread([] {}).join();
      return false;
    } catch (const std::system_error& error) {
      return error.code().value() == EPERM || error.code().value() == EAGAIN;
    }
  }));
#endif
}

TEST(DecoderSandboxTest, NoOtherProcessIsReachedAndNoCodeMade) {
  expect_refused(status_after([](int) { return refused(kill(getppid(), 0)); }));
  expect_refused(status_after([](int) {
    return refused(reinterpret_cast<long>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
  }));
}

TEST(DecoderSandboxTest, WhatItNeedsWorks) {
  const int status = status_after([](int own) {
    const DecoderReply reply;
    if (!send_message(own, std::as_bytes(std::span(&reply, 1)))) return true;
    void* const memory = malloc(64 << 20);
    if (memory == nullptr) return true;
    free(memory);
    return false;
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

#ifndef __SANITIZE_ADDRESS__  // there is no limit of memory with it
TEST(DecoderSandboxTest, MemoryIsLimitedWithoutFiltersToo) {
  for (const bool has_filters : {true, false}) {
    const int status = status_after([](int) { return malloc(300 << 20) == nullptr; }, has_filters);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), kRefused);
  }
}
#endif

TEST(DecoderSandboxTest, WithoutFiltersFilesOpen) {
  const int status = status_after([](int) { return open("/etc/passwd", O_RDONLY) < 0; }, false);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace unmask
