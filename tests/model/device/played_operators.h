// A GPU's graph on CPU tensors: the operators that reach a backend are recorded and called again, nothing else is. What
// the host does beside them, or hands to them from other memory, is not in a play, as on a GPU.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/device/compute_graph.h"

namespace unmask {

/// The operators' results are overwritten once they are recorded, so that only a play computes them.
/// THREAD: one, which records nothing else meanwhile.
class PlayedOperators final : public ComputeGraph {
 public:
  PlayedOperators();
  ~PlayedOperators() override;
  void begin() override;
  void cut() override;
  void end() override;
  void abandon() noexcept override;
  void play(std::size_t part) override;
  /// All plays of this process, of single parts.
  static int plays();

  struct Call;  // of an operator

 private:
  struct Guard;
  std::vector<std::vector<Call>> parts_;
  std::unique_ptr<Guard> guard_;  // while it records
};

}  // namespace unmask
