#include "model/files/weight_conversion.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/error.h"
#include "model/files/safetensors.h"

extern char** environ;

namespace unmask {
namespace {

constexpr std::size_t kMaxMessageBytes = 4000;

/// scripts/convert_weights.py.
constexpr const char* kConverter =
#include "converter.inc"
    ;

/// A pipe's read end and the child that writes to the other.
struct Child {
  pid_t pid;
  int stderr_fd;
};

/// As exec wants it; points into `strings`.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

Child start(const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw io_error(arguments[0], "pipe", errno);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  Child child{0, ends[0]};
  const int error =
      ::posix_spawn(&child.pid, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    throw io_error(arguments[0], "start (is the project set up? `make setup`)", error);
  }
  return child;
}

/// The last lines of what the child says, read until it closes the pipe.
std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > 2 * kMaxMessageBytes) text.erase(0, text.size() - kMaxMessageBytes);
  }
  ::close(fd);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw io_error("converter", "waitpid", errno);
  }
  return status;
}

/// The converter's arguments: what to do, source, target, more.
void run_converter(const std::filesystem::path& python, std::vector<std::string> what) {
  const std::string source = what[1];
  // Absolute: a name that starts with '-' stays a path.
  for (const std::size_t path : {1, 2}) what[path] = std::filesystem::absolute(what[path]).string();
  std::vector<std::string> arguments{python.string(), "-I", "-c", kConverter};
  arguments.insert(arguments.end(), what.begin(), what.end());
  const Child child = start(arguments);
  const std::string message = read_all(child.stderr_fd);
  const int status = wait_for(child.pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFSIGNALED(status)) {
    throw Error(ErrorKind::kData, source + ": the converter was killed by signal " + std::to_string(WTERMSIG(status)) +
                                      " while reading it: damaged, or larger than a weights file may be");
  }
  const bool refused = WIFEXITED(status) && WEXITSTATUS(status) == 3;
  throw Error(refused ? ErrorKind::kData : ErrorKind::kFailed,
              message.empty() ? source + ": the converter failed without a message" : message);
}

/// Of a file that Python writes.
std::string converted_tag() { return "convert-" + std::to_string(::getpid()); }

}  // namespace

void import_weights(const std::filesystem::path& python, const std::filesystem::path& source,
                    const std::filesystem::path& target, const std::string& sha256) {
  const DurableFile converted(target, converted_tag());
  run_converter(python, {"import", source, converted.temporary()});
  // What Python wrote is read with our own rules and written again with our digest.
  const SafetensorsFile file(converted.temporary(), SafetensorsFile::Digest::kIfPresent);
  const std::string& got = file.metadata().at(kSourceSha256);
  if (!sha256.empty() && got != sha256)
    throw Error(ErrorKind::kData,
                source.string() + ": has SHA-256 " + got + ", wanted " + sha256 + ": damaged, or another file");
  write_safetensors(target, std::to_string(::getpid()), file.tensors(), file.metadata());
}

void export_weights(const std::filesystem::path& python, const std::filesystem::path& source,
                    const std::filesystem::path& target, const std::vector<std::string>& names) {
  { const SafetensorsFile checked(source, SafetensorsFile::Digest::kIfPresent); }
  DurableFile converted(target, converted_tag());
  std::string wanted;
  for (const std::string& name : names) wanted += (wanted.empty() ? "" : ",") + name;
  run_converter(python, {"export", source, converted.temporary(), wanted});
  converted.commit();
}

void export_onnx(const std::filesystem::path& python, const std::filesystem::path& source,
                 const std::filesystem::path& folder) {
  { const SafetensorsFile checked(source, SafetensorsFile::Digest::kRequired); }
  run_converter(python, {"onnx", source, folder});
}

}  // namespace unmask
