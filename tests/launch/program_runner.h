// Runs the real program and collects what it says.
#pragma once

#include <sys/wait.h>
#include <array>
#include <cstdio>
#include <string>

namespace unmask {

struct ProgramResult {
  int exit_code = -1;
  std::string output;  // stdout and stderr as they came
};

/// `command` goes through the shell.
inline ProgramResult run_shell(const std::string& command) {
  ProgramResult result;
  FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) result.output.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

inline ProgramResult run_unmask(const std::string& arguments) {
  return run_shell(std::string(UNMASK_PROGRAM) + " " + arguments);
}

inline std::string mpirun(int ranks) {
  return "PRTE_MCA_hwloc_default_binding_policy=none OMP_NUM_THREADS=1 " UNMASK_MPIRUN
         " --oversubscribe --allow-run-as-root -n " +
         std::to_string(ranks) + " ";
}

inline bool says(const ProgramResult& result, const std::string& part) {
  return result.output.find(part) != std::string::npos;
}

inline int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace unmask
