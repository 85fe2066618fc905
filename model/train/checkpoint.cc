#include "model/train/checkpoint.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/fault_point.h"
#include "base/trace.h"
#include "model/files/weight_file.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr char kFormat[] = "unmask.checkpoint.3";

/// Whole or not, newest first; temporary names of killed attempts are not among them.
std::vector<fs::path> checkpoint_files(const fs::path& trial_dir) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(trial_dir / "checkpoints", error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() == 25 && name.starts_with("step-") && name.ends_with(".safetensors")) files.push_back(entry.path());
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

void remove_old(const fs::path& trial_dir) {
  const std::vector<fs::path> files = checkpoint_files(trial_dir);
  std::error_code ignored;  // a leftover file costs space only
  for (std::size_t i = kCheckpointsKept; i < files.size(); ++i) fs::remove(files[i], ignored);
  remove_unfinished(trial_dir / "checkpoints", ".safetensors");
}

/// A copy in host memory.
at::Tensor on_host(const at::Tensor& tensor) { return tensor.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true); }

/// What only one of two identities has, line by line.
std::string differing_lines(const std::string& found, const std::string& wanted) {
  const auto lines_of = [](const std::string& text) {
    std::set<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.insert(line);
    return lines;
  };
  const std::set<std::string> has = lines_of(found), wants = lines_of(wanted);
  std::string text;
  for (const std::string& line : has) text += wants.contains(line) ? "" : "\n  it has " + line;
  for (const std::string& line : wants) text += has.contains(line) ? "" : "\n  wanted " + line;
  return text;
}

void copy_tensors(const SafetensorsFile& file, const std::string& name, TrainState& state) {
  const at::NoGradGuard no_grad;
  for (NamedTensor& wanted : state_tensors(state)) {
    const TensorBytes* found = file.find(wanted.name);
    if (found == nullptr || found->dtype != "F32" || found->shape != wanted.tensor.sizes().vec()) {
      throw Error(ErrorKind::kData, name + ": tensor " + wanted.name + " is missing or has another shape");
    }
    const at::Tensor values =
        at::from_blob(const_cast<std::byte*>(found->bytes.data()), wanted.tensor.sizes(), at::kFloat);
    wanted.tensor.copy_(values);
  }
}

}  // namespace

fs::path checkpoint_path(const fs::path& trial_dir, std::int64_t step) {
  char name[40];
  std::snprintf(name, sizeof name, "step-%08" PRId64 ".safetensors", step);
  return trial_dir / "checkpoints" / name;
}

Snapshot take_snapshot(TrainState& state, const std::string& identity) {
  Snapshot snapshot;
  snapshot.step = state.step;
  snapshot.metadata = {{"format", kFormat}, {"identity", identity}, {"state", state_json(state)}};
  for (NamedTensor& named : state_tensors(state)) {
    // state.best is replaced as a whole, never written to: its tensors can be shared.
    const bool is_shared = named.name.starts_with("best.");
    snapshot.tensors.push_back({named.name, is_shared ? named.tensor : on_host(named.tensor)});
  }
  return snapshot;
}

void write_checkpoint(const fs::path& trial_dir, const Snapshot& snapshot, int attempt) {
  const TraceSpan span("write checkpoint");
  const at::NoGradGuard no_grad;
  fs::create_directories(trial_dir / "checkpoints");
  std::vector<at::Tensor> kept;
  const std::vector<TensorBytes> bytes = tensor_bytes(snapshot.tensors, kept);
  write_safetensors(checkpoint_path(trial_dir, snapshot.step), "attempt-" + std::to_string(attempt), bytes,
                    snapshot.metadata);
  remove_old(trial_dir);
}

std::optional<fs::path> newest_whole_checkpoint(const fs::path& trial_dir, std::vector<std::string>& notes) {
  for (const fs::path& path : checkpoint_files(trial_dir)) {
    try {
      const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
      return path;
    } catch (const Error& error) {
      notes.push_back(std::string("damaged checkpoint passed over: ") + error.what());
    }
  }
  return std::nullopt;
}

void load_checkpoint(const fs::path& path, const std::string& identity, TrainState& state) {
  const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
  const auto text = [&](const char* key) {
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end())
      throw Error(ErrorKind::kData, path.string() + ": no \"" + key + "\" in the header");
    return found->second;
  };
  if (text("format") != kFormat)
    throw Error(ErrorKind::kData, path.string() + ": was written by another version of unmask (format " +
                                      text("format") + ", this one reads " + kFormat +
                                      "); finish the run with that version, or start it anew in another --run folder");
  if (text("identity") != identity) {
    throw Error(ErrorKind::kUsage, path.string() + ": belongs to another experiment (other options or other stores):" +
                                       differing_lines(text("identity"), identity) +
                                       "\n  set these back, or choose another --run folder");
  }
  read_state_json(text("state"), state);
  copy_tensors(file, path.string(), state);
}

bool BackgroundWriter::busy() const {
  return writing_.valid() && writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

void BackgroundWriter::submit(std::function<void()> write) {
  if (!busy()) drain();
  auto after = [before = std::move(writing_), write = std::move(write), hook = fault_hook]() mutable {
    if (before.valid()) before.get();
    fault_hook = hook;
    write();
  };
  writing_ = std::async(std::launch::async, std::move(after));
}

void BackgroundWriter::drain() {
  if (writing_.valid()) writing_.get();
}

}  // namespace unmask
